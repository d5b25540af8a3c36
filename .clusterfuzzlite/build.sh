#!/usr/bin/env bash
exec "$SRC/karpspec/harness/fuzz/oss-fuzz/build.sh"
