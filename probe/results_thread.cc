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
constexpr Span kCommitEvery = std::chrono::milliseconds(500);

}  // namespace

struct ResultsThread::Impl {
  Impl(Recorder& recorder_in, MetricStore& metrics_in,
       std::vector<std::unique_ptr<Upstream>> upstreams_in)
      : recorder(recorder_in), metrics(metrics_in), upstreams(std::move(upstreams_in)) {}

  void TakeBatch() {
    const std::vector<Outcome> batch = queue.TakeAll();
    if (batch.empty()) return;
    for (const Outcome& outcome : batch) metrics.Observe(outcome);
    recorder.Record(batch);
    for (const auto& upstream : upstreams) upstream->Send(batch);
    is_dirty = true;
  }

  void Commit() {
    if (!is_dirty) return;
    is_dirty = false;
    recorder.Commit();
    for (const auto& upstream : upstreams) {
      upstream->Flush();
      metrics.SetUpstream(upstream->name(), upstream->sent(), upstream->dropped());
    }
  }

  void ArmCommit(io::Timer& timer) {
    timer.Arm(kCommitEvery, [this, &timer] {
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
  std::vector<std::unique_ptr<Upstream>> upstreams;
  bool is_dirty = false;  ///< something was recorded since the last commit; results thread only
  io::Loop loop;
  OutcomeQueue queue{[this] { loop.Post([this] { TakeBatch(); }); }};
  std::thread thread;
};

ResultsThread::ResultsThread(Recorder& recorder, MetricStore& metrics,
                             std::vector<std::unique_ptr<Upstream>> upstreams)
    : impl_(std::make_unique<Impl>(recorder, metrics, std::move(upstreams))) {
  impl_->thread = std::thread([this] { impl_->Main(); });
}

ResultsThread::~ResultsThread() { Stop(); }

void ResultsThread::Push(Outcome outcome) { impl_->queue.Push(std::move(outcome)); }

void ResultsThread::Post(std::function<void()> task) { impl_->loop.Post(std::move(task)); }

void ResultsThread::SetUpstreams(std::vector<std::unique_ptr<Upstream>> upstreams) {
  // A posted task must be copyable, hence the shared box.
  auto box = std::make_shared<std::vector<std::unique_ptr<Upstream>>>(std::move(upstreams));
  impl_->loop.Post([this, box] {
    impl_->Commit();
    impl_->upstreams = std::move(*box);
  });
}

void ResultsThread::Stop() {
  if (!impl_->thread.joinable()) return;
  impl_->loop.Stop();
  impl_->thread.join();
}

}  // namespace gaikei
