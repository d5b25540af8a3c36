#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace karpspec {

// Threads for work that is handed out piece by piece while somebody goes on. Who waits for a piece
// does others until then, so that all processors are busy whichever side has more to do; and with
// no threads at all who waits does everything.
class Workers {
 public:
  // Does not throw. What it uses lives as long as it does: it may be dropped undone.
  using Work = std::function<void()>;

  // THREADS at most, each started when there is work that no other one is free for.
  explicit Workers(unsigned threads) : most_(threads) {}
  // Waits for what is being done. What nobody has begun is dropped.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  [[nodiscard]] unsigned threads() const { return most_; }
  // Begun in the order in which it is given. Work may give further work.
  void give(Work work);
  // Returns as soon as DONE() holds, which some of the work that was given makes true. DONE is
  // called by this thread alone, beside the work.
  void wait_until(const std::function<bool()>& done);

 private:
  void run();
  void do_next(std::unique_lock<std::mutex>& lock);

  const unsigned most_;
  std::mutex mutex_;
  std::condition_variable given_;  // or it is over
  std::condition_variable ended_;  // a piece of work
  std::deque<Work> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool refused_ = false;
  bool over_ = false;
};

}  // namespace karpspec
