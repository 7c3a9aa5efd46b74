# shellcheck shell=bash
# chatml-dedup at work; read by try/run.

say 'One of each conversation, however it is written. (status 1: a line has no conversation)'
show 1 'chatml-dedup duplicates.jsonl -o unique.jsonl'

say 'What is similar goes as well; why?'
show 1 'chatml-dedup -q --near=0.7 --removed why.jsonl -o unique.jsonl duplicates.jsonl'
show 0 'cat why.jsonl'

say 'Of those with the same prompt the one with the best score.'
show 1 'chatml-dedup -q --by prompt --keep max:/score duplicates.jsonl | cut -c 1-60'

say 'Nothing that the evaluation set asks.'
show 1 'chatml-dedup -q --decontaminate evaluation.jsonl --removed why.jsonl -o clean.jsonl duplicates.jsonl'
show 0 'cat why.jsonl'
