#include "checks/dns/dns_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "checks/dns/dns_names.h"
#include "checks/io/dns/dns_answer.h"
#include "checks/parts/observation_source.h"
#include "results/text.h"

namespace gaikei {
namespace {

struct DnsVerdict {
  Reason reason = Reason::kNone;
  std::string message;  ///< escaped; empty for kNone
};

/// "SERVFAIL (EDE 6 DNSSEC Bogus: no keys)".
std::string RcodeWithErrors(const DnsAnswer& answer) {
  std::string text;
  for (const DnsExtendedError& error : answer.extended_errors) {
    text += fmt::format("{}EDE {}", text.empty() ? "" : ", ", error.code);
    if (!error.name.empty()) text += " " + error.name;
    if (!error.text.empty()) text += ": " + error.text;
  }
  return text.empty() ? answer.rcode : fmt::format("{} ({})", answer.rcode, text);
}

Reason ReasonOfRcode(std::string_view rcode) {
  if (rcode == "NOERROR") return Reason::kNone;
  if (rcode == "NXDOMAIN") return Reason::kDnsNxdomain;
  if (rcode == "REFUSED") return Reason::kDnsRefused;
  return Reason::kDnsServfail;
}

/// Where the aliases of the asked name lead within one answer.
struct Aliases {
  int count = 0;
  bool is_loop = false;
  std::string last;  ///< canonical
};

Aliases FollowAliases(const DnsPlan& plan, const DnsAnswer& answer) {
  Aliases aliases{.last = CanonicalDnsName(plan.query.name)};
  const auto& records = answer.answer.records;
  while (true) {
    const auto alias = std::find_if(records.begin(), records.end(), [&](const DnsRecord& record) {
      return record.type == "CNAME" && CanonicalDnsName(record.name) == aliases.last;
    });
    if (alias == records.end()) return aliases;
    if (aliases.count == static_cast<int>(records.size())) {
      aliases.is_loop = true;  // one of them was met twice
      return aliases;
    }
    ++aliases.count;
    aliases.last = CanonicalDnsName(alias->data);
  }
}

bool HasFlag(const DnsAnswer& answer, std::string_view flag) {
  return std::find(answer.flags.begin(), answer.flags.end(), flag) != answer.flags.end();
}

/// Whether there is something of what was asked for. A resolver that follows aliases has to arrive
/// somewhere; an authoritative server may leave that to whoever asks.
bool HasData(const DnsPlan& plan, const DnsAnswer& answer) {
  if (answer.answer.count == 0) return false;
  const std::string type = io::DnsTypeText(plan.query.type);
  if (type == "CNAME" || type == "ANY" || !HasFlag(answer, "ra")) return true;
  const auto& records = answer.answer.records;
  if (answer.answer.count > records.size()) return true;
  const bool is_aliases_alone =
      std::all_of(records.begin(), records.end(), [&](const DnsRecord& record) {
        return record.type == "CNAME" || (record.type == "RRSIG" && type != "RRSIG");
      });
  // A loop arrives nowhere, and is shown as it came.
  return !is_aliases_alone || FollowAliases(plan, answer).is_loop;
}

DnsVerdict JudgeAliases(const DnsPlan& plan, const DnsAnswer& answer) {
  const Aliases aliases = FollowAliases(plan, answer);
  if (aliases.is_loop || aliases.count <= io::kMaxAliases) return {};
  return {Reason::kDnsMalformed,
          fmt::format("{} aliases one after the other, more than the limit of {}", aliases.count,
                      io::kMaxAliases)};
}

DnsVerdict JudgeAnswer(const DnsPlan& plan, const DnsAnswer& answer) {
  const std::string name = Escape(plan.query.name);
  const Reason reason = ReasonOfRcode(answer.rcode);
  if (reason != Reason::kNone) {
    return {reason, fmt::format("{} answered {} for {}", ShownDnsServer(answer),
                                RcodeWithErrors(answer), name)};
  }
  if (HasData(plan, answer)) return {};
  return {Reason::kDnsNodata, fmt::format("{} has no {} record for {}", ShownDnsServer(answer),
                                          io::DnsTypeText(plan.query.type), name)};
}

/// The asked server is the target, so what it says is the target's fault. Only where its own name
/// did not resolve somebody else is to blame.
void Fail(Observation& seen, Reason reason, std::optional<Phase> phase, std::string message) {
  seen.Fail(reason, phase, std::move(message));
  if (seen.status == Status::kFail && phase != Phase::kResolve) seen.blame = Blame::kTarget;
}

/// True where some server gave no answer. A fault of the target says more than one of ours.
bool FailByExchange(std::span<const DnsExchangeResult> results, Observation& seen) {
  const DnsExchangeResult* failed = nullptr;
  for (const DnsExchangeResult& result : results) {
    const Reason reason = result.answer.reason;
    if (reason == Reason::kNone) continue;
    const bool is_better = failed == nullptr || (StatusOf(reason) == Status::kFail &&
                                                 StatusOf(failed->answer.reason) != Status::kFail);
    if (is_better) failed = &result;
  }
  if (failed == nullptr) return false;
  const DnsAnswer& answer = failed->answer;
  Fail(seen, answer.reason, failed->phase,
       results.size() == 1 ? answer.message
                           : fmt::format("{}: {}", ShownDnsServer(answer), answer.message));
  return true;
}

/// The expectations on every one of the servers: one that does not hold anywhere does not hold.
void JudgeExpectations(const DnsPlan& plan, std::span<const DnsExchangeResult> results,
                       Observation& seen) {
  const WallTime now = WallNow();
  {
    const ObservationSource source(seen, now);
    expect::Judge(plan.expect, plan.warn, source, seen);
  }
  for (const DnsExchangeResult& result : results) {
    if (results.size() == 1 || result.answer.server == seen.dns->server) continue;
    Observation other;
    other.duration = seen.duration;
    other.phases = seen.phases;
    other.address = seen.address;
    other.tls = result.tls;
    other.dns = seen.dns;
    static_cast<DnsAnswer&>(*other.dns) = result.answer;
    const ObservationSource source(other, now);
    expect::Judge(plan.expect, plan.warn, source, other);
    for (std::size_t i = 0; i < seen.expect.size(); ++i) {
      if (!other.expect[i].pass && seen.expect[i].pass) seen.expect[i] = std::move(other.expect[i]);
    }
    const bool is_worse = (other.status == Status::kFail && seen.status != Status::kFail) ||
                          (other.status == Status::kWarn && seen.status == Status::kPass);
    if (!is_worse) continue;
    seen.status = other.status;
    seen.reason = other.reason;
    seen.blame = other.blame;
    seen.message = fmt::format("{}: {}", ShownDnsServer(result.answer), other.message);
  }
}

void NameTheOddOne(const DnsComparison& comparison, Observation& seen) {
  if (seen.reason == Reason::kExpectAgree && !comparison.answers.empty()) {
    seen.message += ": " + comparison.answers;
  } else if (seen.reason == Reason::kExpectSerial && !comparison.serials.empty()) {
    seen.message += ": " + comparison.serials;
  }
}

}  // namespace

void JudgeDns(const DnsPlan& plan, std::span<const DnsExchangeResult> results,
              const DnsComparison& comparison, Observation& seen) {
  if (FailByExchange(results, seen)) return;
  for (const DnsExchangeResult& result : results) {
    DnsVerdict verdict = JudgeAliases(plan, result.answer);
    if (verdict.reason == Reason::kNone) continue;
    return Fail(seen, verdict.reason, Phase::kProcessing, std::move(verdict.message));
  }
  JudgeExpectations(plan, results, seen);
  NameTheOddOne(comparison, seen);
  if (!plan.judges_answer) {
    for (const DnsExchangeResult& result : results) {
      DnsVerdict verdict = JudgeAnswer(plan, result.answer);
      if (verdict.reason == Reason::kNone) continue;
      return Fail(seen, verdict.reason, std::nullopt, std::move(verdict.message));
    }
  }
  const auto& dnssec = seen.dns->dnssec;
  if (dnssec && !plan.judges_dnssec && dnssec->status != "secure") {
    Fail(seen, Reason::kExpectDnssec, std::nullopt,
         fmt::format("DNSSEC: {}{}", dnssec->status,
                     dnssec->message.empty() ? "" : ": " + dnssec->message));
  }
}

}  // namespace gaikei
