# shellcheck shell=bash disable=SC2154
# Measuring works against each other; read by the scripts beside it, which set
#   rounds   how often each work is run
#   scratch  a folder for times
#   die      how to give up

# name, function, file, the name to compare with, at most so many times it
works=()
work() { works+=("$1|$2|$3|${4-}|${5-}"); }

# Time one work in microseconds.
timed() {
  local begin end
  begin=${EPOCHREALTIME/./}
  "$@" >/dev/null 2>&1 || die "failed: $*"
  end=${EPOCHREALTIME/./}
  echo $((end - begin))
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# Runs every work once a round, so that a slow spell of the machine falls on all of them alike.
run_works() {
  for ((round = 1; round <= rounds; round++)); do
    for n in "${!works[@]}"; do
      IFS='|' read -r name function file _ _ <<<"${works[n]}"
      [[ ! -t 2 ]] || printf '\r\e[Kround %d: %s' "$round" "$name" >&2
      timed "$function" "$file" >>"$scratch/times.$n"
    done
  done
  [[ ! -t 2 ]] || printf '\r\e[K' >&2
}

# A row for each work, with the median of its times.
table() {
  for n in "${!works[@]}"; do
    IFS='|' read -r name _ file base bar <<<"${works[n]}"
    printf '%s|%s|%s|%s|%s\n' "$name" "$(median <"$scratch/times.$n")" \
      "$(stat -c %s "$file")" "$base" "$bar"
  done | awk -F'|' '
    BEGIN {
      form = "%-18s %8s %7s %8s  %-17s %4s  %s\n"
      printf form, "work", "seconds", "GB/s", "times", "to", "bar", ""
    }
    {
      per_byte[$1] = $2 / $3
      times = verdict = ""
      if ($4 != "") times = sprintf("%.2f", per_byte[$1] / per_byte[$4])
      if ($5 != "") verdict = times + 0 <= $5 + 0 ? "reached" : "missed"
      printf form, $1, sprintf("%.3f", $2 / 1e6), \
        sprintf("%.3f", $3 / $2 / 1e3), times, $4, $5, verdict
    }'
}

# A single number with the most it may be.
held() {
  awk -v what="$1" -v value="$2" -v bar="$3" -v unit="$4" 'BEGIN {
    printf "%s %.1f %s, bar %s: %s\n", what, value, unit, bar, \
      value + 0 <= bar + 0 ? "reached" : "missed"
  }'
}
