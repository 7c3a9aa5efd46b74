# shellcheck shell=bash
# chatml-stats at work; read by try/run.

say 'What is in this file? (status 1: three lines could not be used)'
show 1 'chatml-stats --chat-template chatml --max-tokens 80 sample.jsonl'

say 'One figure.'
show 1 'chatml-stats -q --format json sample.jsonl | python3 -c "import json, sys; print(json.load(sys.stdin)[\"tokens\"][\"record\"])"'

say 'Stop a pipeline when too much is there twice. (status 1: it is)'
show 1 'chatml-stats -q --gate "duplicates.rate < 0.1" duplicates.jsonl >/dev/null'

say 'Measured in two parts, put together.'
show 0 'head -n 20 sample.jsonl | chatml-stats -q --exit-zero --partial >states'
show 0 'tail -n +21 sample.jsonl | chatml-stats -q --exit-zero --partial >>states'
show 1 'chatml-stats -q --merge states | head -n 8'

say 'Is the evaluation set in the training data?'
show 0 'chatml-stats --compare duplicates.jsonl evaluation.jsonl'
