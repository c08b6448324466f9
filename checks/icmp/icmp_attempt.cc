#include "checks/icmp/icmp_attempt.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "checks/icmp/icmp_tally.h"
#include "checks/io/dns/resolver.h"
#include "checks/io/engine.h"
#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/errors.h"
#include "checks/io/net/icmp_socket.h"
#include "checks/parts/conclude.h"
#include "checks/parts/observation_source.h"
#include "results/counted.h"
#include "results/text.h"

namespace gaikei {
namespace {

class IcmpAttempt : public Attempt {
 public:
  IcmpAttempt(std::shared_ptr<const IcmpPlan> plan, const AttemptContext& context, AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        deadline_(context.engine.loop()),
        next_(context.engine.loop()),
        started_(MonoNow()),
        tally_(plan_->options.count) {}

  void Begin();

 private:
  void OnResolved(io::ResolveResult result);
  void Reach(const std::vector<io::Address>& addresses);
  void Open(std::unique_ptr<io::IcmpSocket> socket, const io::Address& peer);
  void SendNext();
  void OnReadable();
  /// Takes what the socket holds.
  void Drain();
  void OnDeadline();

  void Judge();
  void JudgeSilence();
  void KeepEvidence();
  void Fail(Reason reason, std::optional<Phase> phase, std::string message);
  /// As Fail(), in a later turn: for what fails while Start() still runs.
  void FailLater(Reason reason, std::string message);
  void Finish();  ///< calls done; nothing of this may be touched afterwards

  const std::shared_ptr<const IcmpPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  io::Timer deadline_;
  io::Timer next_;  ///< until the next request
  std::unique_ptr<io::ResolveTicket> ticket_;
  std::unique_ptr<io::IcmpSocket> socket_;
  std::unique_ptr<io::FdWatch> watch_;  ///< of the socket: gone before it

  const MonoTime started_;
  MonoTime sending_started_{};
  unsigned sent_ = 0;  ///< requests handed to the kernel, or refused by it
  IcmpTally tally_;
  std::optional<io::IcmpFailure> send_failure_;  ///< the first
  Observation seen_;
};

void IcmpAttempt::Begin() {
  deadline_.Arm(context_.timeout, [this] { OnDeadline(); });
  std::optional<io::Address> known = plan_->address;
  if (context_.peer != nullptr) known = *context_.peer;
  if (!known) {
    known = io::Address::Parse(plan_->host, 0);
    if (known && plan_->family != Family::kAuto && known->family() != plan_->family) {
      known.reset();  // the resolver says so
    }
  }
  if (known) {
    Reach({*known});
    return;
  }
  ticket_ = context_.engine.ResolverFor(context_.region)
                .Resolve(plan_->host, {.family = plan_->family, .is_cached = plan_->is_cached},
                         [this](io::ResolveResult result) { OnResolved(std::move(result)); });
}

void IcmpAttempt::OnResolved(io::ResolveResult result) {
  seen_.phases.Add(Phase::kResolve, result.known - started_);
  seen_.resolve = std::move(result.evidence);
  if (result.reason != Reason::kNone) {
    return Fail(result.reason, Phase::kResolve, std::move(result.message));
  }
  Reach(result.addresses);
}

// The first address that can be reached from here is the one that is looked at: ICMP has no
// connection that would tell whether another one is better.
void IcmpAttempt::Reach(const std::vector<io::Address>& addresses) {
  std::optional<io::IcmpFailure> failure;
  for (const io::Address& address : addresses) {
    if (plan_->deny_private && io::ScopeOf(address) != io::AddressScope::kPublic) continue;
    auto socket = io::IcmpSocket::Open(
        context_.region, address,
        {.ttl = plan_->options.ttl, .dont_fragment = plan_->options.dont_fragment});
    if (socket) return Open(std::move(*socket), address);
    seen_.notes.push_back(address.Text() + ": " + socket.error().message);
    if (!failure) failure = socket.error();
  }
  if (!failure) {
    return FailLater(Reason::kAddressBlocked,
                     "the address is not public and must not be looked at");
  }
  if (failure->is_permission) seen_.blame = Blame::kConfig;
  FailLater(failure->reason, failure->message);
}

void IcmpAttempt::Open(std::unique_ptr<io::IcmpSocket> socket, const io::Address& peer) {
  socket_ = std::move(socket);
  seen_.address = peer.Text();
  seen_.family = peer.family();
  watch_ = std::make_unique<io::FdWatch>(context_.engine.loop(), socket_->fd());
  watch_->Start(io::FdWatch::kReadable, [this](int, bool) { OnReadable(); });
  SendNext();
}

void IcmpAttempt::SendNext() {
  const unsigned index = sent_++;
  MonoTime now{};
  if (auto failure = socket_->Send(static_cast<std::uint16_t>(index), plan_->options.size, &now)) {
    tally_.Refuse(index);
    if (!send_failure_) send_failure_ = std::move(failure);
  } else {
    tally_.Send(index, now);
  }
  if (index == 0) sending_started_ = now;
  if (sent_ < plan_->options.count) {
    const Span due = plan_->options.interval * sent_ - (MonoNow() - sending_started_);
    next_.Arm(std::max(due, Span::zero()), [this] { SendNext(); });
  } else if (tally_.is_complete()) {
    next_.Arm(Span::zero(), [this] { Judge(); });  // nothing left, and nothing to wait for
  }
}

void IcmpAttempt::Drain() {
  while (auto arrival = socket_->Receive()) {
    if (!arrival->error.empty()) {
      tally_.TakeError(arrival->sequence, arrival->error);
      continue;
    }
    if (arrival->is_cut && !tally_.was_cut()) {
      seen_.notes.emplace_back("replies bring back less than was sent");
    }
    tally_.TakeReply(arrival->sequence, arrival->at, arrival->ttl, arrival->is_cut);
  }
}

void IcmpAttempt::OnReadable() {
  Drain();
  if (tally_.is_complete()) Judge();
}

void IcmpAttempt::OnDeadline() {
  const std::string after = "timeout after " + FormatDuration(context_.timeout);
  if (socket_ == nullptr) {
    io::ResolveResult result = ticket_->GiveUp();
    seen_.phases.Add(Phase::kResolve, MonoNow() - started_);
    seen_.resolve = std::move(result.evidence);
    const bool is_timeout = result.reason == Reason::kDnsTimeout;
    return Fail(result.reason, Phase::kResolve,
                is_timeout ? fmt::format("{}: {}", after, result.message) : result.message);
  }
  Drain();
  Judge();
}

void IcmpAttempt::KeepEvidence() {
  seen_.icmp = tally_.Evidence();
  seen_.icmp->socket = socket_->is_raw() ? "raw" : "datagram";
  if (const unsigned ignored = socket_->ignored(); ignored != 0) {
    seen_.notes.push_back(fmt::format("{} foreign or broken messages ignored", ignored));
  }
}

void IcmpAttempt::Judge() {
  next_.Disarm();
  KeepEvidence();
  const MonoTime end =
      tally_.is_complete() && tally_.last_reply() ? *tally_.last_reply() : MonoNow();
  seen_.phases.Add(Phase::kProcessing, end - sending_started_);
  if (seen_.icmp->received == 0 && (send_failure_ || !plan_->judges_loss)) return JudgeSilence();
  if (send_failure_) seen_.notes.push_back(send_failure_->message);
  SettleDuration(started_, seen_);
  expect::Judge(plan_->expect, plan_->warn, ObservationSource(seen_, WallNow()), seen_);
  Finish();
}

void IcmpAttempt::JudgeSilence() {
  if (send_failure_) {
    if (send_failure_->is_too_large) seen_.blame = Blame::kConfig;
    return Fail(send_failure_->reason, Phase::kProcessing, send_failure_->message);
  }
  const IcmpEvidence& icmp = *seen_.icmp;
  if (!icmp.errors.empty()) {
    return Fail(Reason::kConnectUnreachable, Phase::kProcessing,
                fmt::format("no reply from {}: {}", seen_.address, icmp.errors.front()));
  }
  Fail(Reason::kResponseTimeout, Phase::kProcessing,
       fmt::format("timeout after {}: no reply from {} to {}", FormatDuration(context_.timeout),
                   seen_.address, Counted(icmp.sent, "echo request")));
}

void IcmpAttempt::Fail(Reason reason, std::optional<Phase> phase, std::string message) {
  const Blame blame = seen_.blame;
  seen_.Fail(reason, phase, std::move(message));
  if (blame == Blame::kConfig) seen_.blame = blame;
  Finish();
}

void IcmpAttempt::FailLater(Reason reason, std::string message) {
  deadline_.Disarm();
  next_.Arm(Span::zero(),
            [this, reason, text = std::move(message)] { Fail(reason, std::nullopt, text); });
}

void IcmpAttempt::Finish() {
  deadline_.Disarm();
  next_.Disarm();
  ticket_.reset();
  watch_.reset();
  socket_.reset();
  Conclude(started_, done_, seen_);
}

}  // namespace

std::unique_ptr<Attempt> StartIcmpAttempt(std::shared_ptr<const IcmpPlan> plan,
                                          const AttemptContext& context, AttemptDone done) {
  auto attempt = std::make_unique<IcmpAttempt>(std::move(plan), context, std::move(done));
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
