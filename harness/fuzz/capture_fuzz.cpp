// Whatever a capture file holds, it is refused in one line, or read to an end that is told, frame
// by frame in their order.
#include "capture/reader.h"
#include "file_in_memory.h"

namespace {

using namespace karpspec;

void require_line(const Error& error, const std::string& path) {
  require(error.message.starts_with(path + ": ") && error.message.size() > path.size() + 2,
          "an error says what is wrong with which file", error.message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FileInMemory file({data, size});
  auto reader = capture::CaptureReader::open(file.path());
  if (!reader) {
    require_line(reader.error(), file.path());
    return 0;
  }
  if (size % 4 != 0)
    reader->with_segments();
  if (size % 4 != 1)
    reader->with_routing();
  std::uint64_t number = 0;
  for (;;) {
    const auto next = reader->next();
    if (!next) {
      require_line(next.error(), file.path());
      break;
    }
    if (!*next)
      break;
    const capture::Frame& frame = **next;
    require(frame.number > number, "frames come in their order");
    number = frame.number;
    require(number <= size, "there are no more than the file can hold");
    const int kinds = (frame.segment ? 1 : 0) + (frame.ospf ? 1 : 0) + (frame.rip ? 1 : 0);
    require(kinds <= 1, "a frame is of one kind");
    require(kinds == 1 || !frame.datagram.source.address.empty(), "a datagram comes from somebody");
  }
  const std::size_t told = (reader->malformed() > 0 ? 1U : 0U) +
                           (reader->incomplete() > 0 ? 1U : 0U) + (reader->cut_short() ? 1U : 0U);
  require(reader->notes().size() == told, "what was left out is told");
  return 0;
}
