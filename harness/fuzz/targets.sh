# What the scripts beside this one know of the targets; to be sourced. FUZZ is this folder.
FUZZ=${FUZZ:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}

# The names of all targets.
all_targets() {
  local file
  for file in "$FUZZ"/*_fuzz.cpp; do
    file=${file##*/}
    printf '%s\n' "${file%_fuzz.cpp}"
  done
}

is_target() { [ -f "$FUZZ/$1_fuzz.cpp" ]; }

# How long an input may become, in octets.
longest_of() {
  case "$1" in
    message | payload | packet | routing | tcp_ao | sealed) echo 1024 ;;
    observer | transcript) echo 8192 ;;
    *) echo 4096 ;;
  esac
}

# The dictionary of a target.
dictionary_of() {
  case "$1" in
    ike | sealed | observer | mrkmp | keyserver | keyserver_parts) echo "$FUZZ/corpus/message.dict" ;;
    *) echo "$FUZZ/corpus/$1.dict" ;;
  esac
}

# The folders of seeds of a target: scenarios, DUT files and golden captures are there already.
seeds_of() {
  [ -d "$FUZZ/corpus/$1" ] && printf '%s\n' "$FUZZ/corpus/$1"
  case "$1" in
    scenario) printf '%s\n' "$FUZZ/../../suites" "$FUZZ/../../containers/duts" ;;
    observer | transcript) printf '%s\n' "$FUZZ/../../pcaps" ;;
  esac
  return 0
}

# libFuzzer's options for a target, one a line. Of the quick ones the inputs grow when shorter ones
# find nothing new, which libFuzzer leaves to a mutator where there is one; and to gather what is seen
# how often would cost more than half of their speed.
options_of() {
  printf '%s\n' "-max_len=$(longest_of "$1")" "-dict=$(dictionary_of "$1")" -timeout=20
  case "$1" in
    message | payload | packet | routing) printf '%s\n' -entropic=0 -len_control=100 ;;
  esac
}
