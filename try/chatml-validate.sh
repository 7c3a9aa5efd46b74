# shellcheck shell=bash
# chatml-validate at work; read by try/run.

say 'What is wrong with this file? (status 1: something is)'
show 1 'chatml-validate --check sample.jsonl'

say 'Keep the valid records byte for byte, put the others aside, and count both.'
show 1 'chatml-validate -q -o valid.jsonl --rejects bad.jsonl sample.jsonl'
show 0 'wc -l valid.jsonl bad.jsonl'

say 'Would Mistral take it?'
show 1 'chatml-validate --check --profile mistral sample.jsonl 2>&1 >/dev/null'

say 'What would be repaired? (status 1: something would)'
show 1 'chatml-validate -q --fix --unsafe-fixes --diff --select B010,S001 sample.jsonl'

say 'Repair all that can be, and check what comes out.'
show 1 'chatml-validate -q --fix --unsafe-fixes -o fixed.jsonl sample.jsonl'
show 0 'chatml-validate --check fixed.jsonl 2>&1 >/dev/null'
