# shellcheck shell=bash
# chatml-split at work; read by try/run.

say 'A quarter is set apart; records with the same prompt stay together. (status 1: a line has no conversation)'
show 1 'chatml-split --val 0.25 --seed 7 -d parts duplicates.jsonl'

say 'Does something leak? The same answer to two prompts.'
show 1 'chatml-split -q --check-leak --group near=0.7 parts/training_data.jsonl parts/validation_data.jsonl'

say 'What is similar stays together as well.'
show 1 'chatml-split -q --val 0.25 --seed 7 --group near=0.7 --force -d parts duplicates.jsonl'
show 0 'chatml-split --check-leak --group near=0.7 parts/training_data.jsonl parts/validation_data.jsonl'

say 'A cut through the middle of the file leaks.'
show 0 'head -n 4 duplicates.jsonl > first.jsonl && sed -n 5,8p duplicates.jsonl > last.jsonl'
show 1 'chatml-split --check-leak --group near=0.7 first.jsonl last.jsonl'

say 'Exactly six, as many of each length, and later the same again in a pipe.'
show 1 'chatml-split --val-count 6 --stratify turns -d six sample.jsonl'
show 1 'chatml-split -q --repeat six/manifest.json --only val < sample.jsonl | cmp - six/validation_data.jsonl'

say 'Three records by chance.'
show 1 'chatml-split -q --sample 3 duplicates.jsonl | cut -c 1-60'
