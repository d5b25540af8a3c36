#include "base/workers.h"

#include <system_error>
#include <utility>

namespace karpspec {

Workers::~Workers() {
  std::deque<Work> dropped;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    dropped.swap(waiting_);
  }
  given_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

void Workers::give(Work work) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (over_)
      return;
    waiting_.push_back(std::move(work));
    wake = idle_ > 0;
    if (idle_ < waiting_.size() && threads_.size() < most_ && !refused_) {
      try {
        threads_.emplace_back([this] { run(); });
      } catch (const std::system_error&) {
        refused_ = true;  // the system gives no more
      }
    }
  }
  if (wake)
    given_.notify_one();
}

void Workers::wait_until(const std::function<bool()>& done) {
  std::unique_lock lock(mutex_);
  while (!done()) {
    if (waiting_.empty())
      ended_.wait(lock);
    else
      do_next(lock);
  }
}

void Workers::run() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (waiting_.empty()) {
      ++idle_;
      given_.wait(lock);
      --idle_;
    } else {
      do_next(lock);
    }
  }
}

void Workers::do_next(std::unique_lock<std::mutex>& lock) {
  {
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
  }
  lock.lock();
  ended_.notify_all();
}

}  // namespace karpspec
