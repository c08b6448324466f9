#include "checks/dns/dns_attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/dns/dns_authorities.h"
#include "checks/dns/dns_compare.h"
#include "checks/dns/dns_exchange.h"
#include "checks/dns/dns_fallback.h"
#include "checks/dns/dns_judge.h"
#include "checks/dns/dns_servers.h"
#include "checks/dns/dns_validation.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/engine.h"
#include "checks/io/loop/timer.h"
#include "checks/parts/conclude.h"
#include "results/text.h"

namespace gaikei {
namespace {

class DnsAttempt : public Attempt {
 public:
  DnsAttempt(std::shared_ptr<const DnsPlan> plan, const AttemptContext& context, AttemptDone done)
      : plan_(std::move(plan)),
        context_(context),
        done_(std::move(done)),
        deadline_(context.engine.loop()),
        started_(MonoNow()) {}

  void Begin();

 private:
  /// One server, and what came of it.
  struct Entry {
    DnsServerTarget target;
    std::string shown;                      ///< DnsAnswer::server
    std::string name;                       ///< DnsAnswer::server_name
    std::unique_ptr<DnsExchange> exchange;  ///< null: over
  };

  void AskResolvers();
  void OnResolver(DnsFallback::Result result);
  void AskAuthorities();
  void OnAuthorities(DnsAuthorities::Result result);
  void AddEntry(DnsServerTarget target, const std::string& name);
  void AskEntries();
  void OnEntry(std::size_t index, DnsExchangeResult result);
  void KeepResult(std::size_t index, DnsExchangeResult result);

  /// When every server has had its turn.
  void OnAllAnswered();
  void Validate(const DnsExchangeResult& base);
  std::vector<DnsServerTarget> ValidationServers() const;
  void OnDeadline();

  void KeepEvidence();
  void KeepPhases();
  std::size_t BaseIndex() const;
  void JudgeAndFinish();
  void Finish();  ///< calls done; nothing of this may be touched afterwards

  const std::shared_ptr<const DnsPlan> plan_;
  const AttemptContext context_;
  AttemptDone done_;
  io::Timer deadline_;
  const MonoTime started_;
  Span walk_{0};  ///< to the authoritative servers

  std::unique_ptr<DnsAuthorities> authorities_;
  std::unique_ptr<DnsFallback> fallback_;
  std::unique_ptr<DnsValidation> validation_;
  std::vector<Entry> entries_;
  std::vector<DnsExchangeResult> results_;  ///< of each entry, once they are over
  std::size_t waiting_ = 0;
  std::size_t slowest_ = 0;  ///< index of the entry that ended last
  std::optional<DnssecEvidence> dnssec_;
  bool is_late_ = false;  ///< the deadline struck during validation
  Observation seen_;
};

void DnsAttempt::Begin() {
  deadline_.Arm(context_.timeout, [this] { OnDeadline(); });
  if (plan_->is_authoritative) return AskAuthorities();
  if (plan_->servers.empty()) return AskResolvers();
  for (const DnsServerTarget& server : plan_->servers) AddEntry(server, "");
  // Every address of the server's name is being checked, this one here.
  if (context_.peer != nullptr && entries_.size() == 1) {
    DnsServerTarget& target = entries_[0].target;
    target.address =
        context_.peer->WithPort(target.port == 0 ? DefaultDnsPort(target.transport) : target.port);
  }
  AskEntries();
}

void DnsAttempt::AskResolvers() {
  fallback_ =
      std::make_unique<DnsFallback>(context_, OwnResolvers(context_, plan_->transport, plan_->tls),
                                    plan_->query, [this](DnsFallback::Result result) {
                                      fallback_.reset();
                                      OnResolver(std::move(result));
                                      OnAllAnswered();
                                    });
}

void DnsAttempt::OnResolver(DnsFallback::Result result) {
  // Nobody whom we could ask: that is our own misery, not the name's.
  DnsAnswer& answer = result.exchange.answer;
  if (answer.reason == Reason::kConnectRefused) {
    answer.reason = Reason::kProberResolverDown;
    answer.message = "no resolver of this vantage can be asked: " + answer.message;
  }
  AddEntry(std::move(result.server), "");
  results_.resize(1);
  KeepResult(0, std::move(result.exchange));
  seen_.notes = std::move(result.notes);
}

void DnsAttempt::AskAuthorities() {
  authorities_ = std::make_unique<DnsAuthorities>(
      context_, plan_, [this](DnsAuthorities::Result result) { OnAuthorities(std::move(result)); });
}

void DnsAttempt::OnAuthorities(DnsAuthorities::Result result) {
  authorities_.reset();
  walk_ = MonoNow() - started_;
  seen_.notes = std::move(result.notes);
  if (result.reason != Reason::kNone) {
    seen_.phases.Add(Phase::kResolve, walk_);
    seen_.Fail(result.reason, Phase::kResolve, std::move(result.message));
    return Finish();
  }
  for (DnsAuthorities::Server& server : result.servers) {
    AddEntry(std::move(server.target), server.name);
  }
  AskEntries();
}

void DnsAttempt::AddEntry(DnsServerTarget target, const std::string& name) {
  Entry entry;
  entry.shown = DnsServerText(target);
  if (!name.empty() && target.address) {
    DnsServerTarget found = target;
    found.host = target.address->Text();
    entry.shown = DnsServerText(found);
    entry.name = Escape(name);
  }
  entry.target = std::move(target);
  entries_.push_back(std::move(entry));
}

void DnsAttempt::AskEntries() {
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.name != b.name ? a.name < b.name : a.shown < b.shown;
  });
  results_.resize(entries_.size());
  waiting_ = entries_.size();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].exchange = std::make_unique<DnsExchange>(
        context_, entries_[i].target, plan_->query,
        [this, i](DnsExchangeResult result) { OnEntry(i, std::move(result)); });
  }
}

void DnsAttempt::OnEntry(std::size_t index, DnsExchangeResult result) {
  entries_[index].exchange.reset();
  KeepResult(index, std::move(result));
  if (--waiting_ == 0) OnAllAnswered();
}

void DnsAttempt::KeepResult(std::size_t index, DnsExchangeResult result) {
  result.answer.server = entries_[index].shown;
  result.answer.server_name = entries_[index].name;
  results_[index] = std::move(result);
  slowest_ = index;
}

void DnsAttempt::OnAllAnswered() {
  const DnsExchangeResult& base = results_[BaseIndex()];
  if (plan_->anchor && base.answer.reason == Reason::kNone) return Validate(base);
  JudgeAndFinish();
}

void DnsAttempt::Validate(const DnsExchangeResult& base) {
  const std::string& rcode = base.answer.rcode;
  if (rcode != "NOERROR" && rcode != "NXDOMAIN") {
    dnssec_ = DnssecEvidence{.status = "indeterminate",
                             .failure = "no_answer",
                             .zone = {},
                             .message = "the server answered " + rcode,
                             .chain = {}};
    return JudgeAndFinish();
  }
  validation_ =
      std::make_unique<DnsValidation>(context_, plan_->anchor, ValidationServers(), plan_->query,
                                      base.bytes, [this](DnssecEvidence evidence) {
                                        validation_.reset();
                                        dnssec_ = std::move(evidence);
                                        JudgeAndFinish();
                                      });
}

std::vector<DnsServerTarget> DnsAttempt::ValidationServers() const {
  // A server that does not recurse knows nothing of the zones above.
  const std::size_t base = BaseIndex();
  const auto& flags = results_[base].answer.flags;
  const bool recurses =
      plan_->query.recursion && std::find(flags.begin(), flags.end(), "ra") != flags.end();
  if (recurses) return {entries_[base].target};
  return OwnResolvers(context_);
}

void DnsAttempt::OnDeadline() {
  if (authorities_) {
    authorities_.reset();
    seen_.phases.Add(Phase::kResolve, MonoNow() - started_);
    seen_.Fail(Reason::kDnsTimeout, Phase::kResolve,
               fmt::format("timeout after {}: the name servers of {} are not found",
                           FormatDuration(context_.timeout), Escape(plan_->query.name)));
    return Finish();
  }
  if (fallback_) {
    DnsFallback::Result result = fallback_->GiveUp();
    fallback_.reset();
    OnResolver(std::move(result));
    return JudgeAndFinish();
  }
  if (validation_) {
    dnssec_ = validation_->GiveUp();
    validation_.reset();
    is_late_ = true;
    return JudgeAndFinish();
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].exchange) continue;
    DnsExchangeResult result = entries_[i].exchange->GiveUp();
    entries_[i].exchange.reset();
    KeepResult(i, std::move(result));
  }
  JudgeAndFinish();
}

std::size_t DnsAttempt::BaseIndex() const {
  const auto base = std::find_if(results_.begin(), results_.end(), [](const auto& result) {
    return result.answer.reason == Reason::kNone;
  });
  return base == results_.end() ? 0 : static_cast<std::size_t>(base - results_.begin());
}

void DnsAttempt::KeepPhases() {
  // The one that took longest explains the duration, and is the one that failed by its deadline.
  const auto failed = std::find_if(results_.begin(), results_.end(), [](const auto& result) {
    return result.answer.reason != Reason::kNone;
  });
  const DnsExchangeResult& told = failed == results_.end() ? results_[slowest_] : *failed;
  seen_.phases.Add(told.phases);
  if (walk_ > Span::zero()) seen_.phases.Add(Phase::kResolve, walk_);
}

void DnsAttempt::KeepEvidence() {
  const DnsExchangeResult& base = results_[BaseIndex()];
  DnsEvidence& dns = seen_.dns.emplace();
  static_cast<DnsAnswer&>(dns) = base.answer;
  dns.question = fmt::format(
      "{}{} {} {}", Escape(plan_->query.name), plan_->query.name.ends_with('.') ? "" : ".",
      io::DnsClassText(plan_->query.klass), io::DnsTypeText(plan_->query.type));
  if (results_.size() > 1) {
    for (const DnsExchangeResult& result : results_) dns.servers.push_back(result.answer);
  }
  dns.dnssec = std::move(dnssec_);
  if (base.peer.length != 0) {
    seen_.address = base.peer.Text();
    seen_.port = base.peer.port();
    seen_.family = base.peer.family();
  }
  seen_.tls = base.tls;
  seen_.tcp = base.tcp;
  if (!base.resolve.server.empty() || !base.resolve.notes.empty()) seen_.resolve = base.resolve;
}

void DnsAttempt::JudgeAndFinish() {
  KeepEvidence();
  KeepPhases();
  const DnsComparison comparison = CompareDnsAnswers(seen_.dns->servers);
  seen_.dns->agree = comparison.agree;
  seen_.dns->serial_spread = comparison.serial_spread;
  seen_.dns->differing = comparison.differing;
  SettleDuration(started_, seen_);
  JudgeDns(*plan_, results_, comparison, seen_);
  if (is_late_ && seen_.reason == Reason::kExpectDnssec) {
    seen_.Fail(Reason::kDnsTimeout, std::nullopt,
               fmt::format("timeout after {}: DNSSEC validation not finished",
                           FormatDuration(context_.timeout)));
    seen_.blame = Blame::kTarget;
  }
  Finish();
}

void DnsAttempt::Finish() {
  deadline_.Disarm();
  Conclude(started_, done_, seen_);
}

}  // namespace

std::unique_ptr<Attempt> StartDnsAttempt(std::shared_ptr<const DnsPlan> plan,
                                         const AttemptContext& context, AttemptDone done) {
  auto attempt = std::make_unique<DnsAttempt>(std::move(plan), context, std::move(done));
  attempt->Begin();
  return attempt;
}

}  // namespace gaikei
