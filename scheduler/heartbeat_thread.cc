#include "scheduler/heartbeat_thread.h"

#include <future>
#include <thread>
#include <utility>

#include "checks/io/loop/loop.h"
#include "scheduler/loop_clock.h"

namespace gaikei {

struct HeartbeatThread::Impl {
  Impl(HeartbeatStore* store, HeartbeatBoard::Sink sink) : board(clock, store, std::move(sink)) {}

  io::Loop loop;
  LoopClock clock{loop};
  // Made and destroyed while the loop does not run.
  HeartbeatBoard board;
  std::thread thread;
};

HeartbeatThread::HeartbeatThread(HeartbeatStore* store, HeartbeatBoard::Sink sink)
    : impl_(std::make_unique<Impl>(store, std::move(sink))) {
  impl_->thread = std::thread([this] { impl_->loop.Run(); });
}

HeartbeatThread::~HeartbeatThread() { Stop(); }

void HeartbeatThread::SetPlan(std::vector<PlannedHeartbeat> plan) {
  if (!impl_->thread.joinable()) return;
  std::promise<void> taken;
  impl_->loop.Post([this, &plan, &taken] {
    impl_->board.SetPlan(std::move(plan));
    taken.set_value();
  });
  taken.get_future().wait();
}

void HeartbeatThread::Stop() {
  if (!impl_->thread.joinable()) return;
  impl_->loop.Stop();
  impl_->thread.join();
}

ReportAnswer HeartbeatThread::Report(std::string_view name, std::string_view token,
                                     const HeartbeatReport& report) {
  return impl_->board.Report(name, token, report);
}

std::vector<HeartbeatState> HeartbeatThread::States() const { return impl_->board.States(); }

}  // namespace gaikei
