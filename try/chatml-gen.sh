# shellcheck shell=bash
# The whole way, from a plan to a data set that was checked; read by try/run, in the folder try/.

say 'A ready plan; without --preset chatml-gen asks its questions.'
show 0 'chatml-gen ask --preset customer-support > plan.toml'

say 'What would it make, how, and what would that cost?'
show 0 'chatml-gen plan plan.toml | sed "/^Cells/,/^$/d"'

say 'It is wanted like this. (Without this note it does not run.)'
show 0 'chatml-gen approve --yes plan.toml | tail -n 1'

say 'Made without a network, a key or a model, of the phrases in the plan.'
show 0 'chatml-gen run -o examples.jsonl --report run.json plan.toml'
show 0 'wc -l examples.jsonl && head -n 1 examples.jsonl | cut -c 1-300'

say 'A copy of which one record in twenty is damaged. Does chatml-validate find them? (status 1: it does)'
kinds=bad-json,cut-line,invalid-utf8,lone-surrogate,duplicate-key,empty-messages,unknown-role,null-content,no-assistant
show 0 "chatml-gen corrupt --rate 5% --seed 7 --kinds $kinds --truth truth.jsonl -o damaged.jsonl examples.jsonl"
show 1 'chatml-validate --check damaged.jsonl > findings.txt'
show 0 'cut -d : -f 1-4 findings.txt | head -n 5'

say 'Each of them, and no other line: what was written down and what was found are the same lines.'
show 0 'grep -o "\"line\":[0-9]*" truth.jsonl | cut -d : -f 2 > damaged_lines.txt'
show 0 'cut -d : -f 2 findings.txt | uniq | cmp - damaged_lines.txt && wc -l < damaged_lines.txt'

say 'Another copy, with records that come again, a few words changed or none.'
show 0 'chatml-gen corrupt --rate 10% --seed 7 --kinds exact-duplicate,near-duplicate --truth twins.jsonl -o twice.jsonl examples.jsonl'

say 'chatml-dedup takes out all of them; what is left is what was made, byte for byte. (status 1: some were there)'
show 1 'chatml-dedup --near --check twice.jsonl > /dev/null'
show 0 'chatml-dedup -q --near --removed removed.jsonl -o clean.jsonl twice.jsonl'
show 0 'cmp clean.jsonl examples.jsonl && head -n 2 removed.jsonl'

say 'To train on, and to validate with; what is alike stays together.'
show 0 'chatml-split --val 0.15 --exact --seed 42 --group near --force -d . clean.jsonl'
show 0 'chatml-split --check-leak --group near training_data.jsonl validation_data.jsonl'

say 'What is in it: as a page, and as text.'
show 0 'chatml-stats -q --format html training_data.jsonl validation_data.jsonl > report.html'
show 0 'chatml-stats -q --format info training_data.jsonl validation_data.jsonl > dataset_info.txt'

say 'In short: every check was made, and passed.'
show 0 'chatml-gen summary .'
