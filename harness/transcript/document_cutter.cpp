#include "transcript/document_cutter.h"

#include <algorithm>
#include <streambuf>
#include <string_view>
#include <utility>

namespace karpspec::transcript {
namespace {

// Where the last document of TEXT begins behind FROM; npos: none does.
std::size_t last_beginning(std::string_view text, std::size_t from) {
  for (std::size_t at = text.size();;) {
    at = text.rfind("\n---", at);
    if (at == std::string_view::npos || at < from)
      return std::string_view::npos;
    if (at + 4 < text.size() && (text[at + 4] == '\n' || text[at + 4] == ' '))
      return at + 1;
    if (at == 0)
      return std::string_view::npos;
    --at;
  }
}

// Some octets, and then what is still in a stream.
class Rest final : public std::streambuf {
 public:
  Rest(std::string before, std::unique_ptr<std::istream> in)
      : octets_(std::move(before)), in_(std::move(in)) {
    setg(octets_.data(), octets_.data(), octets_.data() + octets_.size());
  }

 protected:
  int_type underflow() override {
    constexpr std::size_t block = 16384;
    // Who finds out the encoding looks at some octets and puts them back.
    constexpr std::size_t most_put_back = 4;
    octets_.erase(0, octets_.size() - std::min(octets_.size(), most_put_back));
    const std::size_t seen = octets_.size();
    octets_.resize(seen + block);
    in_->read(octets_.data() + seen, static_cast<std::streamsize>(block));
    octets_.resize(seen + static_cast<std::size_t>(in_->gcount()));
    setg(octets_.data(), octets_.data() + seen, octets_.data() + octets_.size());
    return octets_.size() == seen ? traits_type::eof() : traits_type::to_int_type(octets_[seen]);
  }

 private:
  std::string octets_;
  std::unique_ptr<std::istream> in_;
};

class RestStream final : public std::istream {
 public:
  RestStream(std::string before, std::unique_ptr<std::istream> after)
      : std::istream(nullptr), rest_(std::move(before), std::move(after)) {
    rdbuf(&rest_);
  }

 private:
  Rest rest_;
};

}  // namespace

DocumentCutter::DocumentCutter(std::unique_ptr<std::istream> in, const PieceSizes& sizes)
    : in_(std::move(in)), sizes_(sizes) {}

bool DocumentCutter::may_be_cut() const {
  // yaml-cpp takes the encoding from the first octets, and this one for the end of its input.
  constexpr char end_of_input = '\x04';
  const auto is_of_another_encoding = [](char octet) {
    return octet == '\0' || octet == '\xfe' || octet == '\xff';
  };
  const std::string_view text = held_;
  const auto first = text.substr(0, 4);
  return (began_ || std::ranges::none_of(first, is_of_another_encoding)) &&
         !text.starts_with('%') && text.find("\n%") == std::string_view::npos &&
         text.find(end_of_input) == std::string_view::npos;
}

std::optional<DocumentCutter::Piece> DocumentCutter::next() {
  while (cuts_) {
    const std::size_t before = held_.size();
    held_.resize(before + sizes_.block);
    in_->read(held_.data() + before, static_cast<std::streamsize>(sizes_.block));
    held_.resize(before + static_cast<std::size_t>(in_->gcount()));
    cuts_ = may_be_cut() && held_.size() <= sizes_.most_held;
    if (!cuts_)
      break;
    const bool whole = in_->gcount() == 0;
    // Its beginning may stand across the end of what was read before.
    const std::size_t end =
        whole ? held_.size() : last_beginning(held_, before < 5 ? 0 : before - 5);
    if (whole && held_.empty())
      break;
    if (end == std::string::npos)
      continue;
    Piece out{held_.substr(0, end), lines_, whole};
    held_.erase(0, end);
    lines_ += static_cast<std::size_t>(std::ranges::count(out.text, '\n'));
    began_ = true;
    return out;
  }
  return std::nullopt;
}

std::unique_ptr<std::istream> DocumentCutter::rest(std::string before) {
  cuts_ = false;
  return std::make_unique<RestStream>(before + std::exchange(held_, {}), std::move(in_));
}

}  // namespace karpspec::transcript
