#include "dut/adapters/lanes.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace karpspec::dut {
namespace {

class Lanes {
 public:
  Lanes(unsigned most, std::function<Result<script::MakeWorld>()> make,
        std::function<void(const std::string&)> say)
      : most_(most), make_(std::move(make)), say_(std::move(say)) {}

  Result<void> add() {
    KARPSPEC_TRY(made, make_());
    const std::lock_guard lock(mutex_);
    ++count_;
    free_.push_back(std::move(made));
    return {};
  }

  script::MakeWorld take() {
    std::unique_lock lock(mutex_);
    if (free_.empty() && count_ < most_) {
      // Counted before it is made, and made without the lock: others go on meanwhile.
      ++count_;
      lock.unlock();
      auto made = make_further();
      if (made)
        return *std::move(made);
      lock.lock();
      most_ = --count_;
      if (!std::exchange(said_, true) && say_)
        say_("there are fewer than " + std::to_string(wanted_) +
             " devices at a time: a further one could not be had: " + made.error().message);
    }
    given_back_.wait(lock, [this] { return !free_.empty(); });
    script::MakeWorld lane = std::move(free_.back());
    free_.pop_back();
    return lane;
  }

  void give_back(script::MakeWorld lane, bool given_up) {
    {
      const std::lock_guard lock(mutex_);
      // It would fail test after test at once, while the others take their time with one.
      if (given_up && count_ > 1) {
        most_ = --count_;
        return;
      }
      free_.push_back(std::move(lane));
    }
    given_back_.notify_one();
  }

 private:
  // One whose device answers. The first is looked at by whoever starts the run.
  Result<script::MakeWorld> make_further() {
    KARPSPEC_TRY(made, make_());
    KARPSPEC_TRY(world, made({}));
    if (world.device == nullptr)
      return made;
    const auto described = world.device->call("describe", Json::object());
    if (!described &&
        (described.error().code == ErrorCode::io || described.error().code == ErrorCode::timeout))
      return tl::unexpected(described.error());
    return made;
  }

  std::mutex mutex_;
  std::condition_variable given_back_;
  unsigned most_;
  const unsigned wanted_ = most_;
  bool said_ = false;
  unsigned count_ = 0;
  std::function<Result<script::MakeWorld>()> make_;
  std::function<void(const std::string&)> say_;
  std::vector<script::MakeWorld> free_;
};

// A lane that is taken.
class Lease {
 public:
  explicit Lease(std::shared_ptr<Lanes> lanes) : lanes_(std::move(lanes)), lane_(lanes_->take()) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { lanes_->give_back(std::move(lane_), given_up_ && given_up_()); }
  Result<script::World> world(const script::WorldRequest& request) {
    KARPSPEC_TRY(made, lane_(request));
    given_up_ = made.given_up;
    return made;
  }

 private:
  std::shared_ptr<Lanes> lanes_;
  script::MakeWorld lane_;
  std::function<bool()> given_up_;
};

}  // namespace

Result<script::MakeWorld> lanes(unsigned most, std::function<Result<script::MakeWorld>()> make,
                                std::function<void(const std::string&)> say) {
  auto all = std::make_shared<Lanes>(most, std::move(make), std::move(say));
  KARPSPEC_CHECK(all->add());
  return script::MakeWorld([all](const script::WorldRequest& request) -> Result<script::World> {
    const auto lease = std::make_shared<Lease>(all);
    KARPSPEC_TRY(world, lease->world(request));
    world.lease = lease;
    return world;
  });
}

}  // namespace karpspec::dut
