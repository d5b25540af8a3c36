#include "capture/live_capture.h"

#include <pcap/pcap.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "capture/pcap_source.h"
#include "capture/pcapng_writer.h"
#include "lab/file_descriptor.h"
#include "lab/namespaces.h"

namespace karpspec::capture {
namespace {

constexpr int largest_frame = 262144;

struct Program {
  bpf_program code{};
  ~Program() { pcap_freecode(&code); }
};

Result<PcapHandle> open_interface(const LiveCaptureOptions& options) {
  std::array<char, PCAP_ERRBUF_SIZE> message{};
  PcapHandle handle(pcap_create(options.interface.c_str(), message.data()));
  if (!handle)
    return fail(ErrorCode::io, options.interface + ": " + message.data());
  pcap_set_snaplen(handle.get(), largest_frame);
  pcap_set_promisc(handle.get(), 0);
  pcap_set_immediate_mode(handle.get(), 1);
  if (const int status = pcap_activate(handle.get()); status < 0) {
    const std::string more = pcap_geterr(handle.get());
    return fail(ErrorCode::io, options.interface + ": " + pcap_statustostr(status) +
                                   (more.empty() ? "" : " (" + more + ")"));
  }
  Program program;
  if (pcap_compile(handle.get(), &program.code, options.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) !=
      0) {
    return fail(ErrorCode::bad_value,
                "filter '" + options.filter + "': " + pcap_geterr(handle.get()));
  }
  if (pcap_setfilter(handle.get(), &program.code) != 0 ||
      pcap_setnonblock(handle.get(), 1, message.data()) != 0) {
    return fail(ErrorCode::io, options.interface + ": " + pcap_geterr(handle.get()));
  }
  return handle;
}

}  // namespace

struct LiveCapture::State {
  State(PcapHandle opened, PcapngWriter out, lab::FileDescriptor wake)
      : handle(std::move(opened)), writer(std::move(out)), stop(std::move(wake)) {}

  PcapHandle handle;
  PcapngWriter writer;
  lab::FileDescriptor stop;  // an eventfd that becomes readable when all is to end
  std::atomic<std::uint64_t> frames = 0;
  Result<void> outcome;  // written by the thread, read after it has ended
  std::thread thread;

  // Writes all that the kernel has now.
  Result<void> drain() {
    for (;;) {
      pcap_pkthdr* head = nullptr;
      const std::uint8_t* octets = nullptr;
      const int got = pcap_next_ex(handle.get(), &head, &octets);
      if (got == 0)
        return {};
      if (got != 1)
        return fail(ErrorCode::io, std::string("capture: ") + pcap_geterr(handle.get()));
      const Duration since = std::chrono::seconds{head->ts.tv_sec} + Duration{head->ts.tv_usec};
      KARPSPEC_CHECK(writer.write_frame(OctetView(octets, head->caplen), head->len, Time(since)));
      KARPSPEC_CHECK(writer.flush());  // a killed run keeps what it saw
      ++frames;
    }
  }

  Result<void> run() {
    std::array<pollfd, 2> wanted = {pollfd{pcap_get_selectable_fd(handle.get()), POLLIN, 0},
                                    pollfd{stop.get(), POLLIN, 0}};
    while (wanted[1].revents == 0) {
      if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR)
        return fail(ErrorCode::io, std::string("capture: ") + std::strerror(errno));
      KARPSPEC_CHECK(drain());
    }
    return {};
  }

  void end() {
    if (!thread.joinable())
      return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t size = ::write(stop.get(), &one, sizeof one);
    thread.join();
  }
  ~State() { end(); }
};

LiveCapture::LiveCapture(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveCapture::LiveCapture(LiveCapture&&) noexcept = default;
LiveCapture& LiveCapture::operator=(LiveCapture&&) noexcept = default;
LiveCapture::~LiveCapture() = default;

Result<LiveCapture> LiveCapture::start(const LiveCaptureOptions& options) {
  PcapHandle handle;
  KARPSPEC_CHECK(lab::inside(options.network_namespace, [&]() -> Result<void> {
    KARPSPEC_TRY(opened, open_interface(options));
    handle = std::move(opened);
    return {};
  }));
  // The file's numbers of link types are those of the registry, which libpcap translates; for
  // those read here they agree, but for raw IP.
  const int type = pcap_datalink(handle.get());
  constexpr std::uint16_t registered_raw = 101;
  KARPSPEC_TRY(writer, PcapngWriter::create(options.path, type == DLT_RAW
                                                              ? registered_raw
                                                              : static_cast<std::uint16_t>(type)));
  lab::FileDescriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop)
    return fail(ErrorCode::io, std::string("capture: ") + std::strerror(errno));
  auto state = std::make_unique<State>(std::move(handle), std::move(writer), std::move(stop));
  State* const shared = state.get();
  state->thread = std::thread([shared] { shared->outcome = shared->run(); });
  return LiveCapture(std::move(state));
}

std::uint64_t LiveCapture::frames() const {
  return state_->frames;
}

Result<std::uint64_t> LiveCapture::stop() {
  state_->end();
  KARPSPEC_CHECK(state_->outcome);
  pcap_stat counted{};
  if (pcap_stats(state_->handle.get(), &counted) == 0 && counted.ps_drop > 0)
    return fail(ErrorCode::io, std::to_string(counted.ps_drop) + " frames were not captured");
  return state_->frames.load();
}

}  // namespace karpspec::capture
