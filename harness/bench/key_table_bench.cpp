// Key tables (RFC 7210) by the number of their rows: `karpspec keytable check`, beside the JSON and
// YAML libraries reading the same text; selection of keys, and insertion.
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/random.h"
#include "bench/measurement.h"
#include "bench/primitives/yaml.h"
#include "bench/subjects.h"
#include "keyfile/check.h"
#include "keyfile/row_writer.h"
#include "keyfile/rulebook.h"
#include "keytable/selection.h"
#include "keytable/tables.h"

namespace karpspec::bench {
namespace {

using keytable::Row;

constexpr const char* rules = KARPSPEC_SOURCE_DIR "/suites";  // that key tables follow
constexpr std::size_t keys_each = 4;                          // of a neighbour, one after the other
constexpr Time begin{std::chrono::seconds{1767225600}};
constexpr std::chrono::hours life{24 * 90};

std::string peer_of(std::size_t neighbour) {
  return "10." + std::to_string(neighbour >> 16 & 255) + "." +
         std::to_string(neighbour >> 8 & 255) + "." + std::to_string(neighbour & 255);
}

// Row NUMBER of a table without fault: TCP-AO keys for BGP neighbours, each of which follows on the
// one before and is accepted for a day longer.
Row row_of(std::size_t number) {
  const std::size_t neighbour = number / keys_each, turn = number % keys_each;
  constexpr std::chrono::hours day{24};
  SeededRandom random(number);
  Row row;
  row.admin_key_name = "neighbour-" + std::to_string(neighbour) + "-" + std::to_string(turn);
  row.local_key_name = row.peer_key_name = std::to_string(turn + 1);
  row.peers = {peer_of(neighbour)};
  row.protocol = "bgp";
  row.kdf = "AES-128-CMAC";
  row.alg_id = "AES-128-CMAC-96";
  row.key = Secret(random.octets(16));
  row.send_lifetime_start = begin + turn * life;
  row.send_lifetime_end = begin + (turn + 1) * life - std::chrono::seconds{1};
  row.accept_lifetime_start = row.send_lifetime_start - day;
  row.accept_lifetime_end = row.send_lifetime_end + day;
  return row;
}

std::string text_of(std::size_t rows, bool json) {
  std::ostringstream out;
  keyfile::RowWriter writer(out, json, false);
  writer.table(keytable::default_vrf);
  for (std::size_t i = 0; i < rows; ++i)
    writer.row(row_of(i));
  writer.finish();
  return out.str();
}

void check(benchmark::State& state, bool json) {
  const auto book = keyfile::read_rulebook(rules);
  const auto schema = keyfile::ChainSchema::read(rules);
  if (failed(state, book) || failed(state, schema))
    return;
  const keyfile::ChainContext context{*book, *schema, {}, {}, {}};
  const std::string text = text_of(size_of(state), json);
  std::string said;
  for (auto _ : state) {
    std::istringstream in(text);
    const auto checked = keyfile::check_table(
        in, "table", context, {},
        [&](const keyfile::Reported& what) { said = what.name + ": " + what.message; });
    if (failed(state, checked) || failed(state, said.empty(), said.c_str()) ||
        failed(state, checked->rows == size_of(state), "another number of rows"))
      return;
  }
  count(state, text.size(), size_of(state));
}

void yaml_bound(benchmark::State& state) {
  const std::string text = text_of(size_of(state), false);
  for (auto _ : state) {
    std::istringstream in(text);
    if (failed(state, primitives::read_yaml(in), "no YAML"))
      return;
  }
  count(state, text.size(), size_of(state));
}

void json_bound(benchmark::State& state) {
  const std::string text = text_of(size_of(state), true);
  for (auto _ : state) {
    std::istringstream in(text);
    // Reads without making values of it.
    if (failed(state, nlohmann::json::accept(in), "no JSON"))
      return;
  }
  count(state, text.size(), size_of(state));
}

Result<keytable::Table> table_of(std::size_t rows) {
  keytable::Table table;
  for (std::size_t i = 0; i < rows; ++i)
    KARPSPEC_CHECK(table.insert(row_of(i)));
  return table;
}

// Of the neighbour in the middle, in the life of its second key.
struct Question {
  explicit Question(std::size_t rows) : neighbour(rows / keys_each / 2), peer(peer_of(neighbour)) {}
  [[nodiscard]] keytable::Query query() const {
    return {"bgp", peer, {}, begin + life + std::chrono::hours{1}};
  }
  [[nodiscard]] std::string answer() const {
    return "neighbour-" + std::to_string(neighbour) + "-1";
  }
  std::size_t neighbour;
  std::string peer;
};

void select_to_send(benchmark::State& state) {
  const auto table = table_of(size_of(state));
  if (failed(state, table))
    return;
  const Question question(size_of(state));
  const keytable::Query query = question.query();
  for (auto _ : state) {
    const Row* row = keytable::select_to_send(*table, query);
    if (failed(state, row != nullptr && row->admin_key_name == question.answer(), "another row"))
      return;
  }
  count(state);
  state.SetComplexityN(state.range(0));
}

// An hour after the change of keys the one before is accepted too.
void select_to_accept(benchmark::State& state) {
  const auto table = table_of(size_of(state));
  if (failed(state, table))
    return;
  const Question question(size_of(state));
  const keytable::Query query = question.query();
  for (auto _ : state) {
    const auto rows = keytable::select_to_accept(*table, query, "2");
    if (failed(state, rows.size() == 1 && rows.front()->admin_key_name == question.answer(),
               "other rows"))
      return;
  }
  count(state);
  state.SetComplexityN(state.range(0));
}

// A whole table, row by row.
void insert(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Row> rows;
    for (std::size_t i = 0; i < size_of(state); ++i)
      rows.push_back(row_of(i));
    keytable::Table table;
    state.ResumeTiming();
    for (Row& row : rows)
      if (failed(state, table.insert(std::move(row))))
        return;
  }
  count(state, 0, size_of(state));
  state.SetComplexityN(state.range(0));
}

}  // namespace

void add_key_tables() {
  const Sizes sizes = {12, 1'000, 10'000};
  compare(
      "check_key_table/JSON", [](auto& state) { check(state, true); }, json_bound, sizes);
  compare(
      "check_key_table/YAML", [](auto& state) { check(state, false); }, yaml_bound, sizes);
  const std::pair<const char*, void (*)(benchmark::State&)> of_rows[] = {
      {"select_to_send", select_to_send},
      {"select_to_accept", select_to_accept},
      {"insert_rows", insert}};
  for (const auto& [name, function] : of_rows) {
    auto* benchmark = benchmark::RegisterBenchmark(name, function);
    for (const std::int64_t rows : {12, 100, 1'000, 10'000})
      benchmark->Arg(rows);
    benchmark->Complexity();
  }
}

}  // namespace karpspec::bench
