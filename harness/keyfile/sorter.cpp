#include "keyfile/sorter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace karpspec::keyfile {
namespace {

OctetView octet_view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

tl::unexpected<Error> io_error(const char* what) {
  return fail(ErrorCode::io, std::string("a temporary file ") + what + ": " + std::strerror(errno));
}

}  // namespace

Result<void> Sorter::add(std::string_view record) {
  if (!octets_.empty() &&
      octets_.size() + record.size() + (items_.size() + 1) * sizeof(Item) > budget_)
    KARPSPEC_CHECK(spill());
  items_.push_back(
      {static_cast<std::uint32_t>(octets_.size()), static_cast<std::uint32_t>(record.size())});
  octets_.append(record);
  return {};
}

void Sorter::sort_items() {
  std::sort(items_.begin(), items_.end(),
            [this](const Item& a, const Item& b) { return view(a) < view(b); });
}

Result<void> Sorter::write(std::FILE* file, std::string_view record) {
  const auto size = static_cast<std::uint32_t>(record.size());
  Octets sealed;
  if (seal_) {
    if (!*seal_)
      return tl::unexpected(seal_->error());
    sealed.resize(record.size() + crypto::RecordSeal::more);
    KARPSPEC_CHECK((*seal_)->seal(written_, octet_view(record), sealed));
    record = {reinterpret_cast<const char*>(sealed.data()), sealed.size()};
  }
  ++written_;
  if (std::fwrite(&size, sizeof size, 1, file) != 1 ||
      std::fwrite(record.data(), 1, record.size(), file) != record.size())
    return io_error("cannot be written");
  return {};
}

Result<void> Sorter::spill() {
  sort_items();
  Run run{std::unique_ptr<std::FILE, Closer>(std::tmpfile()), {}, written_};
  if (!run.file)
    return io_error("cannot be made");
  for (const Item& item : items_)
    KARPSPEC_CHECK(write(run.file.get(), view(item)));
  if (std::fflush(run.file.get()) != 0)
    return io_error("cannot be written");
  std::rewind(run.file.get());
  runs_.push_back(std::move(run));
  octets_.clear();
  items_.clear();
  return {};
}

Result<bool> Sorter::advance(Run& run) {
  std::uint32_t size = 0;
  if (std::fread(&size, sizeof size, 1, run.file.get()) != 1) {
    if (std::ferror(run.file.get()) != 0)
      return io_error("cannot be read");
    return false;
  }
  run.head.resize(size);
  std::span<std::uint8_t> head(reinterpret_cast<std::uint8_t*>(run.head.data()), size);
  Octets sealed(seal_ ? size + crypto::RecordSeal::more : 0);
  const std::span<std::uint8_t> into = seal_ ? std::span<std::uint8_t>(sealed) : head;
  if (std::fread(into.data(), 1, into.size(), run.file.get()) != into.size())
    return io_error("cannot be read");
  if (seal_)
    KARPSPEC_CHECK((*seal_)->open(run.number++, sealed, head));
  return true;
}

Result<void> Sorter::begin() {
  begun_ = true;
  if (runs_.empty()) {
    sort_items();
    return {};
  }
  if (!items_.empty())
    KARPSPEC_CHECK(spill());
  octets_ = {};
  items_ = {};
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    KARPSPEC_TRY(more, advance(runs_[i]));
    if (more)
      heap_.push_back(i);
  }
  const auto later = [this](std::size_t a, std::size_t b) { return runs_[a].head > runs_[b].head; };
  std::make_heap(heap_.begin(), heap_.end(), later);
  return {};
}

Result<bool> Sorter::next(Record& record) {
  if (!begun_)
    KARPSPEC_CHECK(begin());
  if (runs_.empty()) {
    if (taken_ == items_.size())
      return false;
    record = view(items_[taken_++]);
    return true;
  }
  if (heap_.empty())
    return false;
  const auto later = [this](std::size_t a, std::size_t b) { return runs_[a].head > runs_[b].head; };
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Run& run = runs_[heap_.back()];
  record.swap(run.head);
  KARPSPEC_TRY(more, advance(run));
  if (more)
    std::push_heap(heap_.begin(), heap_.end(), later);
  else
    heap_.pop_back();
  return true;
}

std::uint64_t take_number(std::string_view& record) {
  std::uint64_t value = 0;
  for (const char c : record.substr(0, 8))
    value = value << 8 | static_cast<unsigned char>(c);
  record.remove_prefix(std::min<std::size_t>(8, record.size()));
  return value;
}

std::string_view take_text(std::string_view& record) {
  const auto end = std::min(record.find('\0'), record.size());
  const std::string_view text = record.substr(0, end);
  record.remove_prefix(std::min(end + 1, record.size()));
  return text;
}

}  // namespace karpspec::keyfile
