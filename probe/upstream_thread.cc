#include "probe/upstream_thread.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <thread>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/transport/transport.h"

namespace gaikei {
namespace {

/// How long a sample may wait to become durable, unless every one is at once.
constexpr Span kSpoolCommitEvery = std::chrono::milliseconds(500);
/// In the end an upstream that has put a delivery off is tried again for so long, though what it
/// does not take is kept: what is wrong with it is often over at once.
constexpr Span kSecondChance = std::chrono::seconds(2);

}  // namespace

struct UpstreamThread::Impl {
  explicit Impl(UpstreamThreadOptions options_in) : options(std::move(options_in)) {}

  tl::expected<void, std::string> Open(const std::vector<UpstreamSpec>& upstreams) {
    UpstreamHubOptions hub_options;
    hub_options.spool = options.spool;
    hub_options.sender = options.sender;
    hub_options.transport = [this](const UpstreamTransportSpec& spec) {
      return MakeTransport(engine, options.region, spec);
    };
    hub_options.datagrams = [this](const StatsdSpec& spec) {
      return MakeDatagramTransport(engine, options.region, spec.host, spec.port);
    };
    hub_options.on_trouble = [](const std::string& text) { spdlog::warn("upstream {}", text); };
    hub_options.on_recovery = [](const std::string& text) { spdlog::info("upstream {}", text); };
    hub_options.wake = [this] { poll.Arm(Span::zero(), [this] { Poll(); }); };
    auto opened = UpstreamHub::Open(std::move(hub_options));
    if (!opened) return tl::unexpected(std::move(opened.error()));
    hub = std::move(*opened);
    auto set = hub->SetUpstreams(upstreams);
    for (const LaneStatus& lane : hub->statuses()) {
      lost_before[lane.account.name] = LostOf(lane.account);
    }
    return set;
  }

  void Poll() {
    poll.Disarm();
    if (const auto next = hub->Poll(MonoNow(), WallNow())) {
      const Span wait = std::max(*next - MonoNow(), Span::zero());
      poll.Arm(wait, [this] { Poll(); });
    }
    if (is_stopping && IsDone()) loop.Stop();
  }

  bool IsDone() const {
    if (hub->IsEmpty() || hub->IsForbidden()) return true;
    return hub->IsDurable() && hub->IsHeldUp() && MonoNow() - stop_began >= kSecondChance;
  }

  void Commit() {
    hub->Commit();
    Poll();
    if (options.on_status) options.on_status(hub->statuses(), hub->spool_counts());
  }

  void ArmCommit() {
    commit.Arm(kSpoolCommitEvery, [this] {
      Commit();
      ArmCommit();
    });
  }

  void BeginStop(Span patience) {
    is_stopping = true;
    stop_began = MonoNow();
    hub->Flush();
    ends_at = stop_began + std::min(patience, most_patience);
    ArmDeadline();
    Commit();
  }

  void Hurry(Span patience) {
    most_patience = patience;
    if (!is_stopping) return;
    ends_at = std::min(ends_at, MonoNow() + patience);
    ArmDeadline();
  }

  void ArmDeadline() {
    deadline.Arm(std::max(ends_at - MonoNow(), Span::zero()), [this] { loop.Stop(); });
  }

  /// Given up, whoever was to blame, but for what damage took.
  static std::uint64_t LostOf(const LaneAccount& account) {
    std::uint64_t lost = account.rejected;
    for (const auto& [reason, count] : account.dropped) {
      if (reason != drop_reason::kCorrupt) lost += count;
    }
    return lost;
  }

  void TakeStock() {
    end.lanes = hub->statuses();
    end.is_durable = hub->IsDurable();
    end.lost = hub->spool_counts().corrupt;  // also what was found when it was opened
    for (const LaneStatus& lane : end.lanes) {
      end.lost += LostOf(lane.account) - lost_before[lane.account.name];
      (end.is_durable ? end.kept : end.lost) += lane.account.spooled;
    }
  }

  void Main() {
    ArmCommit();
    loop.Run();
    Commit();
    TakeStock();
    hub.reset();
    for (io::Timer* timer : {&poll, &commit, &deadline}) timer->Disarm();
  }

  const UpstreamThreadOptions options;
  io::Loop loop;
  io::Engine engine{loop};
  io::Timer poll{loop};
  io::Timer commit{loop};
  io::Timer deadline{loop};
  std::unique_ptr<UpstreamHub> hub;
  bool is_stopping = false;
  MonoTime stop_began{};
  MonoTime ends_at{};  ///< once it is stopping
  Span most_patience = std::chrono::hours(1);
  std::map<std::string, std::uint64_t> lost_before;  ///< by lane, at the start
  UpstreamEnd end;
  std::thread thread;
};

UpstreamThread::UpstreamThread(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

tl::expected<std::unique_ptr<UpstreamThread>, std::string> UpstreamThread::Start(
    UpstreamThreadOptions options, const std::vector<UpstreamSpec>& upstreams) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto opened = impl->Open(upstreams); !opened) return tl::unexpected(opened.error());
  std::unique_ptr<UpstreamThread> started(new UpstreamThread(std::move(impl)));
  started->impl_->thread = std::thread([impl = started->impl_.get()] { impl->Main(); });
  return started;
}

UpstreamThread::~UpstreamThread() { Stop(Span::zero()); }

void UpstreamThread::Push(std::vector<Outcome> outcomes) {
  // A posted task must be copyable, hence the shared box.
  auto box = std::make_shared<std::vector<Outcome>>(std::move(outcomes));
  impl_->loop.Post([impl = impl_.get(), box] { impl->hub->Take(*box); });
}

std::string UpstreamThread::SetUpstreams(std::vector<UpstreamSpec> upstreams) {
  auto done = std::make_shared<std::promise<std::string>>();
  auto answer = done->get_future();
  impl_->loop.Post([impl = impl_.get(), done, upstreams = std::move(upstreams)] {
    auto set = impl->hub->SetUpstreams(upstreams);
    impl->Poll();
    done->set_value(set ? std::string() : set.error());
  });
  return answer.get();
}

void UpstreamThread::SetPresent(std::vector<std::pair<std::string, std::string>> checks) {
  impl_->loop.Post([impl = impl_.get(), checks = std::move(checks)]() mutable {
    impl->hub->SetPresent(std::move(checks));
  });
}

UpstreamEnd UpstreamThread::Stop(Span patience) {
  if (!impl_->thread.joinable()) return {};
  impl_->loop.Post([impl = impl_.get(), patience] { impl->BeginStop(patience); });
  impl_->thread.join();
  return std::move(impl_->end);
}

void UpstreamThread::Hurry(Span patience) {
  impl_->loop.Post([impl = impl_.get(), patience] { impl->Hurry(patience); });
}

}  // namespace gaikei
