#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dut/dut_file.h"
#include "interop/exchange.h"
#include "script/suite.h"

namespace karpspec::interop {

struct MatrixDevice {
  std::string name;      // of small letters, digits and hyphens
  std::string dut_file;  // as the matrix names it
  std::string path;      // where that is
  dut::DutFile dut;
  std::vector<std::string> children;  // kinds of child that it makes: "rkmp", "esp"
  script::Json setup;                 // merged over what the matrix has it configured with
  script::Claims claims;
};

// Cells that are left out, with the reason. An empty name stands for all.
struct LeftOut {
  std::string exchange, initiator, responder, reason;
};

// A matrix as its file describes it. schema: suites/schema/interop.schema.json
struct Matrix {
  std::string path;
  std::string title;
  std::uint64_t seed = 1;
  unsigned repetitions = 1;
  std::chrono::milliseconds patience{10'000};  // for each step of an exchange
  bool with_itself = false;                    // each device against another one of its kind too
  std::vector<MatrixDevice> devices;
  std::vector<const Exchange*> exchanges;
  std::vector<std::string> ike_proposals;  // "ENCR/INTEG/PRF/DH", most preferred first
  std::vector<LeftOut> left_out;
  std::string expected;  // file of expected results, or ""
};

struct MatrixChecks {
  // Reads the DUT file at a path, as a run would.
  std::function<Result<dut::DutFile>(const std::string& path)> read_dut;
  // Why a device cannot stand in a matrix, or ""; empty: anyone can.
  std::function<std::string(const dut::DutFile&)> why_not;
};

// Reads a matrix. Errors: not_found; bad_value "FILE:LINE:COLUMN: ..." with the nearest known word
// for an unknown key or name.
[[nodiscard]] Result<Matrix> read_matrix(const std::string& path, const MatrixChecks& checks);
// The same from text, for tests. FILE is what errors call it and what paths are relative to.
[[nodiscard]] Result<Matrix> parse_matrix(std::string_view text, const std::string& file,
                                          const MatrixChecks& checks);

// One exchange between two devices of a matrix.
struct Cell {
  std::string name;  // "EXCHANGE/INITIATOR/RESPONDER", "/2" behind it for the second repetition
  const Exchange* exchange = nullptr;
  const MatrixDevice* initiator = nullptr;
  const MatrixDevice* responder = nullptr;
  unsigned repetition = 1;
  std::string why_not;  // not applicable: why; or ""
};
// All cells of MATRIX, which outlives them: exchange by exchange, every device against every other
// in both roles. Always the same ones in the same order, so that a matrix can be played in shards.
[[nodiscard]] std::vector<Cell> cells_of(const Matrix& matrix);

}  // namespace karpspec::interop
