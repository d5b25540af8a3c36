#include "dut/adapters/lanes.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace karpspec::dut {
namespace {

class Lanes {
 public:
  Lanes(unsigned most, std::function<Result<script::MakeWorld>()> make)
      : most_(most), make_(std::move(make)) {}

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
      auto made = make_();
      if (made)
        return *std::move(made);
      lock.lock();
      most_ = --count_;
    }
    given_back_.wait(lock, [this] { return !free_.empty(); });
    script::MakeWorld lane = std::move(free_.back());
    free_.pop_back();
    return lane;
  }

  void give_back(script::MakeWorld lane) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(lane));
    }
    given_back_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  unsigned most_;
  unsigned count_ = 0;
  std::function<Result<script::MakeWorld>()> make_;
  std::vector<script::MakeWorld> free_;
};

// A lane that is taken.
class Lease {
 public:
  explicit Lease(std::shared_ptr<Lanes> lanes) : lanes_(std::move(lanes)), lane_(lanes_->take()) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { lanes_->give_back(std::move(lane_)); }
  [[nodiscard]] const script::MakeWorld& lane() const { return lane_; }

 private:
  std::shared_ptr<Lanes> lanes_;
  script::MakeWorld lane_;
};

}  // namespace

Result<script::MakeWorld> lanes(unsigned most, std::function<Result<script::MakeWorld>()> make) {
  auto all = std::make_shared<Lanes>(most, std::move(make));
  KARPSPEC_CHECK(all->add());
  return script::MakeWorld([all](const script::WorldRequest& request) -> Result<script::World> {
    const auto lease = std::make_shared<Lease>(all);
    KARPSPEC_TRY(world, lease->lane()(request));
    world.lease = lease;
    return world;
  });
}

}  // namespace karpspec::dut
