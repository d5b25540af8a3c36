#include "oracle/seams.h"

namespace karpspec::oracle {

Seams& no_seams() {
  static Seams none;
  return none;
}

}  // namespace karpspec::oracle
