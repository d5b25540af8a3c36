#include "keyfile/sorter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace karpspec::keyfile {
namespace {

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

Result<void> Sorter::spill() {
  sort_items();
  Run run{std::unique_ptr<std::FILE, Closer>(std::tmpfile()), {}};
  if (!run.file)
    return io_error("cannot be made");
  for (const Item& item : items_) {
    const std::string_view record = view(item);
    if (std::fwrite(&item.size, sizeof item.size, 1, run.file.get()) != 1 ||
        std::fwrite(record.data(), 1, record.size(), run.file.get()) != record.size())
      return io_error("cannot be written");
  }
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
  if (std::fread(run.head.data(), 1, size, run.file.get()) != size)
    return io_error("cannot be read");
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

Result<bool> Sorter::next(std::string& record) {
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

void put_number(std::string& record, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    record += static_cast<char>(value >> shift & 0xff);
}

void put_text(std::string& record, std::string_view text) {
  record += text;
  record += '\0';
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
