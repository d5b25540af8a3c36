#!/usr/bin/env bash
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them: each as $OUT/NAME, with its
# seeds, dictionary and options beside it, and the libraries that a runner does not have in
# $OUT/lib. They give CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, OUT, WORK and SANITIZER.
# KARPSPEC_FUZZ_TARGETS names some of the targets, where not all are wanted.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../targets.sh"
root=$(cd "$FUZZ/../.." && pwd)
work=${WORK:-$(mktemp -d)}/karpspec
read -ra targets <<<"${KARPSPEC_FUZZ_TARGETS:-$(all_targets | tr '\n' ' ')}"

# The libraries of the distribution are of libstdc++. Other compilers warn of other things (-w).
flags="${CXXFLAGS:-} -w"
flags=${flags//-stdlib=libc++/}
cmake -S "$root" -B "$work" -G Ninja -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_C_FLAGS="${CFLAGS:-}" -DCMAKE_CXX_FLAGS="$flags" \
  -DCMAKE_EXE_LINKER_FLAGS='-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib' \
  -DKARPSPEC_FUZZ=ON -DKARPSPEC_FUZZ_COVERAGE= -DKARPSPEC_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" \
  -DKARPSPEC_TESTS=OFF
cmake --build "$work" --target "${targets[@]/#/karpspec_fuzz_}"

mkdir -p "$OUT/lib"
# What targets read beside their input.
mkdir -p "$OUT/suites" "$OUT/pcaps"
cp -r "$root"/suites/. "$OUT/suites/"
cp -r "$root"/pcaps/. "$OUT/pcaps/"
for name in "${targets[@]}"; do
  cp "$work/karpspec_fuzz_$name" "$OUT/$name"
  cp "$(dictionary_of "$name")" "$OUT/$name.dict"
  {
    echo "[libfuzzer]"
    echo "max_len = $(longest_of "$name")"
    options_of "$name" | sed -n 's/^-\(entropic\|timeout\|len_control\)=/\1 = /p'
  } >"$OUT/$name.options"
  # One flat folder of seeds, from however many there are.
  seeds=$(mktemp -d)
  while IFS= read -r folder; do
    while IFS= read -r file; do
      cp "$file" "$seeds/$(sha1sum <"$file" | cut -d ' ' -f 1)"
    done < <(find "$folder" -type f)
  done < <(seeds_of "$name")
  rm -f "$OUT/${name}_seed_corpus.zip"
  (cd "$seeds" && [ -z "$(ls)" ] || zip -q -r "$OUT/${name}_seed_corpus.zip" .)
  rm -rf "$seeds"
  # All but what every runner has.
  ldd "$OUT/$name" | awk '$3 ~ /^\// {print $3}' |
    { grep -vE '/(libc|libm|libpthread|libdl|librt|libresolv|ld-linux[^/]*)\.so' || true; } |
    while IFS= read -r library; do cp -nL "$library" "$OUT/lib/"; done
done
