#include "scheduler/loop_pool.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "scheduler/loop_clock.h"
#include "scheduler/plan.h"

namespace gaikei {
namespace {

/// One loop with all that hangs on it, living on a thread of its own.
class LoopThread {
 public:
  LoopThread(RunnerOptions options, const LoopPool::Sink& sink) {
    std::promise<void> ready;
    std::future<void> is_ready = ready.get_future();
    thread_ = std::thread([this, options, &sink, promise = std::move(ready)]() mutable {
      Live(options, sink, std::move(promise));
    });
    try {
      is_ready.get();
    } catch (...) {
      thread_.join();
      throw;
    }
  }
  ~LoopThread() { Join(); }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  /// Runs `task` on the loop's thread. Not after BeginStop().
  void Post(std::function<void(Runner&)> task) {
    loop_->Post([this, task = std::move(task)] { task(*runner_); });
  }

  /// The thread ends when every outcome is given. Then Join().
  void BeginStop(Span grace) {
    Post([this, grace](Runner& runner) { runner.Stop(grace, [this] { loop_->Stop(); }); });
  }

  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  unsigned in_flight() const {
    const std::lock_guard lock(mutex_);
    return runner_ != nullptr ? runner_->in_flight() : 0;
  }
  Span loop_lag() const {
    const std::lock_guard lock(mutex_);
    return runner_ != nullptr ? runner_->loop_lag() : Span::zero();
  }

 private:
  void Live(RunnerOptions options, const LoopPool::Sink& sink, std::promise<void> ready) {
    try {
      io::Loop loop;
      io::Engine engine(loop);
      LoopClock clock(loop);
      Runner runner(clock, engine, options, sink);
      loop_ = &loop;
      SetRunner(&runner);
      ready.set_value();
      loop.Run();
      SetRunner(nullptr);
    } catch (...) {
      // Setting up fails for want of descriptors or memory; nothing throws once the loop runs.
      ready.set_exception(std::current_exception());
    }
  }

  void SetRunner(Runner* runner) {
    const std::lock_guard lock(mutex_);
    runner_ = runner;
  }

  io::Loop* loop_ = nullptr;  ///< written before the constructor returns, never again
  mutable std::mutex mutex_;
  /// Guarded for other threads, which look at the gauges; the loop's thread alone changes it.
  Runner* runner_ = nullptr;
  std::thread thread_;
};

unsigned ThreadCount(unsigned asked, unsigned max_in_flight) {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  // A loop that may have nothing in flight would be none.
  return std::min(asked == 0 ? cores : asked, std::max(max_in_flight, 1U));
}

}  // namespace

struct LoopPool::Impl {
  Impl(unsigned threads, unsigned max_in_flight, Sink sink_in) : sink(std::move(sink_in)) {
    const unsigned count = ThreadCount(threads, max_in_flight);
    try {
      for (unsigned i = 0; i < count; ++i) {
        const unsigned share = max_in_flight / count + (i < max_in_flight % count ? 1 : 0);
        loops.push_back(std::make_unique<LoopThread>(RunnerOptions{share}, sink));
      }
    } catch (...) {
      Stop(Span::zero());
      throw;
    }
  }
  ~Impl() { Stop(Span::zero()); }

  std::vector<std::vector<PlannedCheck>> Shard(std::vector<PlannedCheck> plan) const {
    std::vector<std::vector<PlannedCheck>> shards(loops.size());
    for (PlannedCheck& planned : plan) {
      std::string key = planned.identity->name;
      key += '\0';
      key += planned.region->name;
      shards[StableHash(key) % loops.size()].push_back(std::move(planned));
    }
    return shards;
  }

  void SetPlan(std::vector<PlannedCheck> plan) {
    if (is_stopped) return;
    auto shards = Shard(std::move(plan));
    std::vector<std::future<void>> taken;
    for (std::size_t i = 0; i < loops.size(); ++i) {
      auto promise = std::make_shared<std::promise<void>>();
      taken.push_back(promise->get_future());
      loops[i]->Post([&shard = shards[i], promise](Runner& runner) {
        runner.SetPlan(std::move(shard));
        promise->set_value();
      });
    }
    for (std::future<void>& future : taken) future.wait();
  }

  void RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done) {
    if (is_stopped) return;
    struct Round {
      std::vector<std::vector<PlannedCheck>> shards;
      std::atomic<std::size_t> left;
      std::function<void()> done;
    };
    auto round = std::make_shared<Round>();
    round->shards = Shard(std::move(plan));
    round->left = loops.size();
    round->done = std::move(done);
    for (std::size_t i = 0; i < loops.size(); ++i) {
      loops[i]->Post([round, i](Runner& runner) {
        runner.RunOnce(std::move(round->shards[i]), [round] {
          if (--round->left == 0 && round->done) round->done();
        });
      });
    }
  }

  void Stop(Span grace) {
    if (is_stopped) return;
    is_stopped = true;
    for (const auto& loop : loops) loop->BeginStop(grace);
    // The threads stay visible to the gauges until they have ended.
    for (const auto& loop : loops) loop->Join();
  }

  Sink sink;
  std::vector<std::unique_ptr<LoopThread>> loops;
  bool is_stopped = false;
};

LoopPool::LoopPool(unsigned threads, unsigned max_in_flight, Sink sink)
    : impl_(std::make_unique<Impl>(threads, max_in_flight, std::move(sink))) {}
LoopPool::~LoopPool() = default;

void LoopPool::SetPlan(std::vector<PlannedCheck> plan) { impl_->SetPlan(std::move(plan)); }

void LoopPool::RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done) {
  impl_->RunOnce(std::move(plan), std::move(done));
}

void LoopPool::Stop(Span grace) { impl_->Stop(grace); }

unsigned LoopPool::in_flight() const {
  unsigned sum = 0;
  for (const auto& loop : impl_->loops) sum += loop->in_flight();
  return sum;
}

Span LoopPool::loop_lag() const {
  Span largest{0};
  for (const auto& loop : impl_->loops) largest = std::max(largest, loop->loop_lag());
  return largest;
}

}  // namespace gaikei
