#include "checks/every_address.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "checks/address_vote.h"
#include "checks/io/dns/resolver.h"
#include "checks/io/engine.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/url.h"
#include "checks/parts/conclude.h"
#include "checks/parts/endpoint.h"

namespace gaikei {
namespace {

constexpr std::size_t kMaxAddresses = 64;

struct EveryAddressPlan {
  std::unique_ptr<const Check> one;
  std::string host;
  bool is_numeric = false;  ///< there is nothing to resolve
  Family family = Family::kAuto;
  AddressPolicy policy = AddressPolicy::kAll;
  bool is_resolve_cached = false;
};

class EveryAddressAttempt : public Attempt {
 public:
  EveryAddressAttempt(std::shared_ptr<const EveryAddressPlan> plan, const AttemptContext& context,
                      AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        started_(MonoNow()),
        deadline_(context.engine.loop()) {}

  void Begin() {
    deadline_.Arm(context_.timeout, [this] { OnDeadline(); });
    ticket_ = context_.engine.ResolverFor(context_.region)
                  .Resolve(plan_->host,
                           io::ResolveOptions{.family = plan_->family,
                                              .is_cached = plan_->is_resolve_cached},
                           [this](io::ResolveResult result) { OnResolved(std::move(result)); });
  }

 private:
  void OnResolved(io::ResolveResult result);
  void OnDeadline();
  void OnSeen(std::size_t index, Observation seen);
  void FailToResolve(io::ResolveResult result);
  void Finish(Observation seen);  ///< calls done; nothing of this may be touched afterwards

  const std::shared_ptr<const EveryAddressPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  const MonoTime started_;
  io::Timer deadline_;
  std::unique_ptr<io::ResolveTicket> ticket_;
  Span resolve_{0};
  ResolveEvidence evidence_;
  std::vector<io::Address> addresses_;  ///< not changed while attempts borrow from it
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Observation> seen_;
  std::size_t open_ = 0;  ///< attempts that are not over
};

void EveryAddressAttempt::OnResolved(io::ResolveResult result) {
  resolve_ = MonoNow() - started_;
  if (result.reason != Reason::kNone) {
    return FailToResolve(std::move(result));
  }
  deadline_.Disarm();  // each attempt keeps the rest of it
  addresses_ = std::move(result.addresses);
  evidence_ = std::move(result.evidence);
  if (addresses_.size() > kMaxAddresses) addresses_.resize(kMaxAddresses);
  open_ = addresses_.size();
  seen_.resize(open_);
  AttemptContext context = context_;
  context.timeout = std::max(context_.timeout - resolve_, Span(std::chrono::milliseconds(1)));
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    context.peer = &addresses_[i];
    attempts_.push_back(
        plan_->one->Start(context, [this, i](Observation seen) { OnSeen(i, std::move(seen)); }));
  }
}

void EveryAddressAttempt::OnSeen(std::size_t index, Observation seen) {
  if (seen.address.empty()) {  // nothing was tried, and yet it is this one
    seen.address = addresses_[index].Text();
    seen.family = addresses_[index].family();
  }
  seen_[index] = std::move(seen);
  if (--open_ != 0) return;
  Observation all = VoteOfAddresses(plan_->policy, std::move(seen_));
  if (!plan_->is_numeric) all.phases.Add(Phase::kResolve, resolve_);
  all.resolve = std::move(evidence_);
  Finish(std::move(all));
}

void EveryAddressAttempt::OnDeadline() {
  resolve_ = MonoNow() - started_;
  io::ResolveResult result = ticket_->GiveUp();
  if (result.reason == Reason::kDnsTimeout) {
    result.message = "timeout after " + FormatDuration(context_.timeout) + ": " + result.message;
  }
  FailToResolve(std::move(result));
}

void EveryAddressAttempt::FailToResolve(io::ResolveResult result) {
  Observation seen;
  seen.phases.Add(Phase::kResolve, resolve_);
  seen.resolve = std::move(result.evidence);
  seen.Fail(result.reason, Phase::kResolve, std::move(result.message));
  Finish(std::move(seen));
}

void EveryAddressAttempt::Finish(Observation seen) {
  // The phases are those of the address that decided; the wait for the others is `other`.
  deadline_.Disarm();
  Conclude(started_, done_, seen);
}

class EveryAddressCheck : public Check {
 public:
  explicit EveryAddressCheck(std::shared_ptr<const EveryAddressPlan> plan)
      : plan_(std::move(plan)) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    // A caller that names the peer has chosen already.
    if (context.peer != nullptr) return plan_->one->Start(context, std::move(done));
    auto attempt = std::make_unique<EveryAddressAttempt>(plan_, context, std::move(done));
    attempt->Begin();
    return attempt;
  }
  Span preparation() const override { return plan_->one->preparation(); }

 private:
  std::shared_ptr<const EveryAddressPlan> plan_;
};

tl::expected<std::string, std::string> HostOf(const CheckSpec& spec) {
  if (spec.identity->kind == "http") {
    auto url = io::ParseUrl(spec.target.Reveal());
    if (!url) return tl::unexpected("target: " + url.error().message);
    return std::move(url->host);
  }
  auto endpoint = ParseEndpoint(spec.target.Reveal());
  if (!endpoint) return tl::unexpected("target: " + endpoint.error());
  return std::move(endpoint->host);
}

}  // namespace

tl::expected<std::unique_ptr<Check>, std::string> MakeEveryAddressCheck(
    const CheckSpec& spec, std::unique_ptr<Check> one) {
  auto host = HostOf(spec);
  if (!host) return tl::unexpected(std::move(host.error()));
  if (!spec.address.empty()) {
    return tl::unexpected(std::string("addresses: one address is given already"));
  }
  auto plan = std::make_shared<EveryAddressPlan>();
  plan->one = std::move(one);
  plan->host = std::move(*host);
  plan->is_numeric = io::Address::Parse(plan->host, 0).has_value();
  plan->family = spec.family;
  plan->policy = spec.addresses;
  plan->is_resolve_cached = spec.is_resolve_cached;
  return std::make_unique<EveryAddressCheck>(std::move(plan));
}

}  // namespace gaikei
