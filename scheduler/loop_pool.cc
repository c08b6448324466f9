#include "scheduler/loop_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "scheduler/limiter.h"
#include "scheduler/loop_clock.h"
#include "scheduler/plan.h"
#include "scheduler/runner.h"
#include "scheduler/self_watch.h"

namespace gaikei {
namespace {

/// One loop with all that hangs on it, living on a thread of its own.
class LoopThread {
 public:
  LoopThread(RunnerOptions options, const LoopPool::Sink& sink) {
    std::promise<void> ready;
    std::future<void> is_ready = ready.get_future();
    thread_ = std::thread(
        [this, options = std::move(options), &sink, promise = std::move(ready)]() mutable {
          Live(std::move(options), sink, std::move(promise));
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

  void AddTo(LoopLoad& load) const {
    const std::lock_guard lock(mutex_);
    if (runner_ == nullptr) return;
    load.in_flight += runner_->in_flight();
    load.waiting += runner_->waiting();
    load.quick_waiting += runner_->quick_waiting();
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
      options.post = [&loop](std::function<void()> task) { loop.Post(std::move(task)); };
      Runner runner(clock, engine, std::move(options), sink);
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
  return std::min(asked == 0 ? cores : asked, max_in_flight);
}

/// What is to be kept to at the start, and what it was made of.
std::pair<Capacity, Resources> StartOf(const LoopPoolOptions& options) {
  Resources resources;
  if (options.watches_itself) {
    RaiseDescriptorLimit();
    resources = ReadResources();
  }
  return {CapacityOf(options.limits, resources), resources};
}

}  // namespace

struct LoopPool::Impl {
  Impl(LoopPoolOptions options_in, Sink sink_in)
      : options(std::move(options_in)), sink(std::move(sink_in)), limiter(options.limits) {
    Resources resources;
    std::tie(capacity, resources) = StartOf(options);
    Publish();
    const unsigned count = ThreadCount(options.threads, capacity.in_flight);
    try {
      for (unsigned i = 0; i < count; ++i) {
        loops.push_back(
            std::make_unique<LoopThread>(RunnerOptions{Share(capacity.in_flight, i, count), nullptr,
                                                       options.watches_itself ? &judge : nullptr},
                                         sink));
      }
      SharePlaces();
      if (options.watches_itself) WatchFrom(resources);
    } catch (...) {
      Stop(Span::zero());
      throw;
    }
  }
  ~Impl() { Stop(Span::zero()); }

  static unsigned Share(unsigned places, unsigned loop, unsigned loops) {
    return places / loops + (loop < places % loops ? 1 : 0);
  }

  void Publish() {
    max_in_flight = capacity.in_flight;
    per_host = capacity.per_host;
  }

  void SharePlaces() {
    const auto count = static_cast<unsigned>(loops.size());
    for (unsigned i = 0; i < count; ++i) {
      loops[i]->Post(
          [this_share = Share(capacity.in_flight, i, count), scarce = capacity.scarce,
           why = capacity.why](Runner& runner) { runner.SetPlaces(this_share, scarce, why); });
    }
  }

  void WatchFrom(const Resources& resources) {
    if (options.warn && capacity.scarce != Reason::kProberSkipped) {
      options.warn(fmt::format("at most {} attempts may be in flight: {}", capacity.in_flight,
                               capacity.why));
    }
    watch = std::make_unique<SelfWatch>(
        options.limits, resources, judge,
        SelfWatch::Hooks{[this] {
                           return LoadSigns{LargestLag(), Load().quick_waiting};
                         },
                         [this](const Capacity& fresh) {
                           capacity = fresh;
                           Publish();
                           SharePlaces();
                         },
                         [this](unsigned fresh) {
                           stage = fresh;
                           for (const auto& loop : loops) {
                             loop->Post(
                                 [fresh](Runner& runner) { runner.SetOverloadStage(fresh); });
                           }
                         },
                         options.warn ? options.warn : [](const std::string&) {}});
  }

  Span LargestLag() const {
    Span largest{0};
    for (const auto& loop : loops) largest = std::max(largest, loop->loop_lag());
    return largest;
  }

  LoopLoad Load() const {
    LoopLoad load;
    load.max_in_flight = max_in_flight;
    load.overload_stage = stage;
    for (const auto& loop : loops) loop->AddTo(load);
    return load;
  }

  std::vector<std::vector<PlannedCheck>> Split(std::vector<PlannedCheck> plan) const {
    std::vector<std::vector<PlannedCheck>> shards(loops.size());
    for (PlannedCheck& planned : plan) {
      const std::string key = CheckInRegion(planned.identity->name, planned.region->name);
      shards[StableHash(key) % loops.size()].push_back(std::move(planned));
    }
    return shards;
  }

  void SetPlan(std::vector<PlannedCheck> plan) {
    if (is_stopped) return;
    limiter.Assign(plan, per_host);
    auto shards = Split(std::move(plan));
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
    limiter.Assign(plan, per_host);
    auto round = std::make_shared<Round>();
    round->shards = Split(std::move(plan));
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
    watch.reset();  // it posts to the loops
    for (const auto& loop : loops) loop->BeginStop(grace);
    // The threads stay visible to the gauges until they have ended.
    for (const auto& loop : loops) loop->Join();
  }

  const LoopPoolOptions options;
  Sink sink;
  Limiter limiter;
  Capacity capacity;  ///< after the start the watch's alone
  std::atomic<unsigned> max_in_flight{0};
  std::atomic<unsigned> per_host{0};
  std::atomic<unsigned> stage{0};
  SelfJudge judge;
  std::vector<std::unique_ptr<LoopThread>> loops;
  std::unique_ptr<SelfWatch> watch;  ///< null: not wanted
  bool is_stopped = false;
};

LoopPool::LoopPool(LoopPoolOptions options, Sink sink)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(sink))) {}
LoopPool::~LoopPool() = default;

void LoopPool::SetPlan(std::vector<PlannedCheck> plan) { impl_->SetPlan(std::move(plan)); }

void LoopPool::RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done) {
  impl_->RunOnce(std::move(plan), std::move(done));
}

void LoopPool::Stop(Span grace) { impl_->Stop(grace); }

std::array<Span, kUnfitCount> LoopPool::unfit() const { return impl_->judge.log().Totals(); }

LoopLoad LoopPool::load() const { return impl_->Load(); }

Span LoopPool::loop_lag() const { return impl_->LargestLag(); }

}  // namespace gaikei
