#include "keyfile/reader.h"

#include "keyfile/chain_events.h"
#include "keyfile/table_events.h"

namespace karpspec::keyfile {
namespace {

// Looks at the first key, which says whether this is a table or key chains, and hands everything
// on.
class Either final : public Events {
 public:
  Either(TableEvents& table, ChainEvents& chains) : table_(table), chains_(chains) {}

  bool begin_map(Place place) override {
    if (to_ == nullptr && !begun_) {
      begun_ = place;
      return true;
    }
    return to().begin_map(place);
  }
  bool end_map() override { return to().end_map(); }
  bool begin_list(Place place) override { return to().begin_list(place); }
  bool end_list() override { return to().end_list(); }
  bool key(std::string_view text, Place place) override {
    if (to_ == nullptr && text.starts_with("ietf-key-chain:")) {
      form_ = FileForm::key_chains;
      to_ = &chains_;
      (void)to_->begin_map(*begun_);
    }
    return to().key(text, place);
  }
  bool scalar(std::string_view text, bool quoted, Place place) override {
    return to().scalar(text, quoted, place);
  }
  bool null(Place place) override { return to().null(place); }
  [[nodiscard]] const std::optional<Error>& error() const override {
    return to_ == nullptr ? table_.error() : to_->error();
  }
  [[nodiscard]] FileForm form() const { return form_; }

 private:
  // A table, unless it has been seen to be something else.
  Events& to() {
    if (to_ == nullptr) {
      to_ = &table_;
      if (begun_)
        (void)to_->begin_map(*begun_);
    }
    return *to_;
  }

  TableEvents& table_;
  ChainEvents& chains_;
  Events* to_ = nullptr;
  std::optional<Place> begun_;
  FileForm form_ = FileForm::table;
};

bool begins_with_brace(std::istream& in) {
  char c = 0;
  while (in.get(c)) {
    // Blanks, and the octets of a byte order mark.
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n' && static_cast<unsigned char>(c) < 0x80)
      break;
  }
  const bool brace = in && c == '{';
  in.clear();
  in.seekg(0);
  return brace;
}

}  // namespace

Error error_at(const std::string& file, Place place, std::string_view message) {
  return {ErrorCode::bad_value,
          file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " +
              std::string(message),
          std::nullopt};
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = octet(i);
    std::size_t more = 0;
    std::uint32_t value = first;
    if (first >= 0xf0 && first < 0xf5) {
      more = 3;
      value = first & 0x07U;
    } else if (first >= 0xe0 && first < 0xf0) {
      more = 2;
      value = first & 0x0fU;
    } else if (first >= 0xc2 && first < 0xe0) {
      more = 1;
      value = first & 0x1fU;
    } else if (first >= 0x80) {
      return false;
    }
    if (i + more >= text.size())
      return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((octet(i + k) & 0xc0) != 0x80)
        return false;
      value = value << 6 | (octet(i + k) & 0x3fU);
    }
    constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
      return false;
    i += more + 1;
  }
  return true;
}

Result<FileForm> read_table(std::istream& in, const std::string& file, const ChainContext& context,
                            TableSink& sink) {
  TableEvents table(file, sink);
  ChainEvents chains(file, context, sink);
  Either either(table, chains);
  if (begins_with_brace(in))
    KARPSPEC_CHECK(read_json_events(in, file, either));
  else
    KARPSPEC_CHECK(read_yaml_events(in, file, either));
  return either.form();
}

}  // namespace karpspec::keyfile
