#include "probe/results_thread.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "results/outcome_queue.h"

namespace gaikei {
namespace {

/// How long an outcome may sit in a transaction that is not committed.
constexpr Span kHistoryCommitEvery = std::chrono::milliseconds(500);

}  // namespace

struct ResultsThread::Impl {
  Impl(Recorder& recorder_in, MetricStore& metrics_in,
       std::function<void(std::vector<Outcome>)> pass_on_in)
      : recorder(recorder_in), metrics(metrics_in), pass_on(std::move(pass_on_in)) {}

  void TakeBatch() {
    std::vector<Outcome> batch = queue.TakeAll();
    if (batch.empty()) return;
    for (const Outcome& outcome : batch) metrics.Observe(outcome);
    recorder.Record(batch);
    is_dirty = true;
    pass_on(std::move(batch));
  }

  void Commit() {
    if (!is_dirty) return;
    is_dirty = false;
    recorder.Commit();
  }

  void ArmCommit(io::Timer& timer) {
    timer.Arm(kHistoryCommitEvery, [this, &timer] {
      Commit();
      ArmCommit(timer);
    });
  }

  void Main() {
    io::Timer commit(loop);
    ArmCommit(commit);
    loop.Run();
    commit.Disarm();
    TakeBatch();
    is_dirty = true;
    Commit();
  }

  Recorder& recorder;
  MetricStore& metrics;
  const std::function<void(std::vector<Outcome>)> pass_on;
  bool is_dirty = false;  ///< something was recorded since the last commit; results thread only
  io::Loop loop;
  OutcomeQueue queue{[this] { loop.Post([this] { TakeBatch(); }); }};
  std::thread thread;
};

ResultsThread::ResultsThread(Recorder& recorder, MetricStore& metrics,
                             std::function<void(std::vector<Outcome>)> pass_on)
    : impl_(std::make_unique<Impl>(recorder, metrics, std::move(pass_on))) {
  impl_->thread = std::thread([this] { impl_->Main(); });
}

ResultsThread::~ResultsThread() { Stop(); }

void ResultsThread::Push(Outcome outcome) { impl_->queue.Push(std::move(outcome)); }

void ResultsThread::Post(std::function<void()> task) { impl_->loop.Post(std::move(task)); }

void ResultsThread::Stop() {
  if (!impl_->thread.joinable()) return;
  impl_->loop.Stop();
  impl_->thread.join();
}

}  // namespace gaikei
