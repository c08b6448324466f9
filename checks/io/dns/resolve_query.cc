#include "checks/io/dns/resolve_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "checks/io/dns/host_name.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

using Health = ReferenceNames::Health;

constexpr Span kOtherFamilyDelay = std::chrono::milliseconds(50);  // RFC 8305, 3
// What a family that failed waits for the other one.
constexpr Span kSecondChance = std::chrono::seconds(1);
// Silence after which the references are asked, so that they have answered by a short deadline.
constexpr Span kSuspicion = std::chrono::milliseconds(250);
// What a failure waits for the references.
constexpr Span kPatience = std::chrono::seconds(1);

// RFC 8305, 4: families alternate, IPv6 first.
std::vector<Address> Interleave(const std::vector<Address>& addresses) {
  std::array<std::vector<Address>, 2> families;
  for (const Address& address : addresses) {
    families[address.family() == Family::kIpv6 ? 0 : 1].push_back(address);
  }
  std::vector<Address> ordered;
  ordered.reserve(addresses.size());
  for (std::size_t i = 0; ordered.size() < addresses.size(); ++i) {
    for (const std::vector<Address>& family : families) {
      if (i < family.size()) ordered.push_back(family[i]);
    }
  }
  return ordered;
}

ResolveResult Failure(Reason reason, std::string message) {
  ResolveResult result;
  result.reason = reason;
  result.message = std::move(message);
  return result;
}

ResolveResult Success(const std::vector<Address>& addresses) {
  ResolveResult result;
  result.addresses = Interleave(addresses);
  return result;
}

void AddOnce(std::vector<std::string>& notes, const std::string& note) {
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

}  // namespace

ResolveQuery::ResolveQuery(Loop& loop, std::shared_ptr<const ResolverLink> link, std::string name,
                           const ResolveOptions& options, Resolver::Done done)
    : link_(std::move(link)),
      name_(std::move(name)),
      options_(options),
      last_server_(options.last_server),
      started_(MonoNow()),
      done_(std::move(done)),
      timer_(loop) {}

ResolveQuery::~ResolveQuery() {
  CancelLookups();
  if (https_ != nullptr) https_->Cancel();
}

void ResolveQuery::Start() {
  if (AnswerWithoutQuestion()) return;
  ResolverParts& parts = *link_->parts;
  if (parts.servers.Refresh()) parts.cache.Clear();
  if (!parts.references.is_empty()) timer_.Arm(kSuspicion, [this] { OnTrouble(); });
  // Both are there before either is asked: an answer may come at once.
  if (options_.family != Family::kIpv6) AddLookup(kRecordA);
  if (options_.family != Family::kIpv4) AddLookup(kRecordAaaa);
  for (const std::shared_ptr<Lookup>& lookup : lookups_) {
    if (!is_concluded_) Begin(*lookup);
  }
  const bool is_lost = result_ && result_->reason != Reason::kNone;
  if (!options_.wants_https || is_lost) return;
  https_ = std::make_shared<Lookup>(name_, kRecordHttps);
  https_->set_brief();
  Begin(*https_);
}

bool ResolveQuery::AnswerWithoutQuestion() {
  const Family family = options_.family;
  if (const std::optional<Address> numeric = Address::Parse(name_, 0)) {
    const bool is_asked = family == Family::kAuto || family == numeric->family();
    Deliver(is_asked ? Success({*numeric}) : NoData());
    return true;
  }
  if (const std::string problem = WhyNoHostName(name_); !problem.empty()) {
    Deliver(Failure(Reason::kDnsMalformed, fmt::format("{}: {}", problem, Escape(name_))));
    return true;
  }
  const std::vector<Address> known = link_->parts->hosts.Find(name_, family);
  if (known.empty()) return false;
  Deliver(Success(known));
  return true;
}

void ResolveQuery::AddLookup(std::uint16_t type) {
  lookups_.push_back(std::make_shared<Lookup>(name_, type));
}

void ResolveQuery::Begin(Lookup& lookup) {
  ResolverParts& parts = *link_->parts;
  if (options_.is_cached) {
    lookup.set_wants_ttl();
    const LookupVerdict* known = parts.cache.Find(name_, lookup.type(), MonoNow());
    if (known != nullptr) return lookup.Settle(*known, *this);
  }
  if (!last_server_.empty()) lookup.set_last_server(last_server_);
  lookup.Start(parts.servers, *this);
}

void ResolveQuery::OnVerdict(Lookup& lookup) {
  Remember(lookup);
  if (&lookup == https_.get() || is_concluded_) return;
  // A name that does not exist has no address of the other family either. The converse is not
  // believed: some servers deny the name when asked for AAAA (RFC 4074, 4.2).
  const Reason reason = lookup.verdict().reason;
  const bool is_last = std::all_of(lookups_.begin(), lookups_.end(),
                                   [](const auto& each) { return each->is_settled(); });
  if (is_last || (reason == Reason::kDnsNxdomain && lookup.type() == kRecordA)) {
    Conclude(LastArrival());
  } else if (reason == Reason::kNone) {
    timer_.Arm(kOtherFamilyDelay, [this] { Conclude(MonoNow()); });
  } else if (!IsAnswer(reason)) {
    timer_.Arm(kSecondChance, [this] { Conclude(MonoNow()); });
  }
}

void ResolveQuery::OnTrouble() {
  if (link_->parts != nullptr) link_->parts->references.Ask();
}

void ResolveQuery::Remember(const Lookup& lookup) {
  if (!options_.is_cached || lookup.verdict().is_cached || link_->parts == nullptr) return;
  link_->parts->cache.Keep(name_, lookup.type(), lookup.verdict(), MonoNow());
}

MonoTime ResolveQuery::LastArrival() const {
  MonoTime last{};
  for (const std::shared_ptr<Lookup>& lookup : lookups_) {
    const LookupVerdict& verdict = lookup->verdict();
    if (lookup->is_settled() && !verdict.is_cached) last = std::max(last, verdict.arrived);
  }
  return last == MonoTime{} ? MonoNow() : last;
}

void ResolveQuery::Conclude(MonoTime known) {
  if (is_concluded_) return;
  is_concluded_ = true;
  ResolveResult result = Combine();
  result.known = known;
  result.evidence = Evidence();
  CancelLookups();
  const bool is_doubtful =
      result.reason == Reason::kDnsServfail || result.reason == Reason::kDnsRefused;
  if (is_doubtful && link_->parts != nullptr && !link_->parts->references.is_empty()) {
    Hold(std::move(result));
  } else {
    Deliver(std::move(result));
  }
}

// The servers cannot tell: their fault, where they cannot tell of the references either.
void ResolveQuery::Hold(ResolveResult failure) {
  ReferenceNames& references = link_->parts->references;
  result_ = std::move(failure);
  references.Ask();
  if (!references.is_asking()) return Release();
  waiter_ = std::make_shared<const ReferenceNames::Waiter>([this] { Release(); });
  references.Await(waiter_);
  timer_.Arm(kPatience, [this] { Release(); });
}

void ResolveQuery::Release() {
  ResolveResult result = AreReferencesDead() ? ResolverDown() : std::move(*result_);
  waiter_.reset();
  result.known = MonoNow();
  Deliver(std::move(result));
}

// Answers in the next turn: c-ares is on the stack now, and the answer may destroy this.
void ResolveQuery::Deliver(ResolveResult result) {
  is_concluded_ = true;
  if (result.known == MonoTime{}) result.known = MonoNow();
  result_ = std::move(result);
  timer_.Arm(Span::zero(), [this] {
    const Resolver::Done done = std::exchange(done_, {});
    ResolveResult last = std::move(*result_);
    result_.reset();
    last.evidence.https = https();
    done(std::move(last));  // may destroy this query
  });
}

ResolveResult ResolveQuery::GiveUp() {
  timer_.Disarm();
  waiter_.reset();
  done_ = {};
  is_concluded_ = true;
  const bool is_answered = std::any_of(lookups_.begin(), lookups_.end(), [](const auto& lookup) {
    return lookup->is_settled() && IsAnswer(lookup->verdict().reason);
  });
  ResolveResult result;
  if (!is_answered && !lookups_.empty() && AreReferencesDead()) {
    result = ResolverDown();
  } else if (result_ && result_->reason != Reason::kNone) {
    result = std::move(*result_);
  } else {
    result = Failure(Reason::kDnsTimeout, "no answer from DNS for " + Escape(name_));
  }
  result.known = MonoNow();
  result.evidence = Evidence();
  CancelLookups();
  return result;
}

void ResolveQuery::CancelLookups() {
  for (const std::shared_ptr<Lookup>& lookup : lookups_) lookup->Cancel();
}

std::vector<std::string> ResolveQuery::https() const {
  return https_ == nullptr ? std::vector<std::string>() : https_->verdict().https;
}

bool ResolveQuery::AreReferencesDead() const {
  if (link_->parts == nullptr) return false;
  const ReferenceNames& references = link_->parts->references;
  return references.is_overdue() || references.health(started_) == Health::kDead;
}

ResolveResult ResolveQuery::Combine() const {
  std::vector<Address> addresses;
  const LookupVerdict* failure = nullptr;
  for (const std::shared_ptr<Lookup>& lookup : lookups_) {
    if (!lookup->is_settled()) continue;
    const LookupVerdict& verdict = lookup->verdict();
    addresses.insert(addresses.end(), verdict.addresses.begin(), verdict.addresses.end());
    // The question for A stands first. That one family has nothing says less than why the other
    // could not be asked for.
    if (verdict.reason == Reason::kNone) continue;
    if (failure == nullptr ||
        (failure->reason == Reason::kDnsNodata && verdict.reason != Reason::kDnsNxdomain)) {
      failure = &verdict;
    }
  }
  if (!addresses.empty()) return Success(addresses);
  if (failure == nullptr || failure->reason == Reason::kDnsNodata) return NoData();
  return Failure(failure->reason, failure->message);
}

ResolveResult ResolveQuery::NoData() const {
  return Failure(Reason::kDnsNodata,
                 fmt::format("the name {} has {}", Escape(name_), NoAddressText(options_.family)));
}

ResolveResult ResolveQuery::ResolverDown() const {
  const ResolverParts& parts = *link_->parts;
  ResolveResult result =
      Failure(Reason::kProberResolverDown,
              fmt::format("neither {} nor the reference names {} can be resolved by {}",
                          Escape(name_), parts.references.Text(), parts.servers.Text()));
  if (result_) result.evidence = result_->evidence;
  return result;
}

ResolveEvidence ResolveQuery::Evidence() const {
  ResolveEvidence evidence;
  bool is_found = false;  // the server named is one that brought addresses
  bool any_fresh = false;
  for (const std::shared_ptr<Lookup>& lookup : lookups_) {
    for (const std::string& note : lookup->notes()) AddOnce(evidence.notes, note);
    const LookupVerdict& verdict = lookup->verdict();
    if (!lookup->is_settled() || verdict.server.empty()) continue;
    any_fresh = any_fresh || !verdict.is_cached;
    if (is_found || (!evidence.server.empty() && verdict.reason != Reason::kNone)) continue;
    evidence.server = verdict.server;
    is_found = verdict.reason == Reason::kNone;
  }
  evidence.is_cached = !evidence.server.empty() && !any_fresh;
  evidence.https = https();
  return evidence;
}

}  // namespace gaikei::io
