#define CARES_NO_DEPRECATED
#include "checks/io/dns/reference_names.h"

#include <ares.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/io/dns/dns_wire.h"
#include "checks/io/dns/host_name.h"
#include "checks/io/dns/lookup.h"
#include "checks/io/dns/name_servers.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kMostNames = 4;
constexpr std::size_t kMostServers = 4;
constexpr Span kFresh = std::chrono::seconds(1);
constexpr Span kOverdue = std::chrono::milliseconds(200);
constexpr unsigned kNoError = 0;
constexpr unsigned kNxdomain = 3;

bool IsGood(const NameServer::Reply& reply) {
  if (reply.message.size() < kDnsHeaderSize) return false;
  const unsigned rcode = reply.message[3] & 0x0fU;
  return rcode == kNoError || rcode == kNxdomain;
}

}  // namespace

// Shared with its questions in flight, of which some come back after it has ended.
struct ReferenceNames::Round {
  ReferenceNames* owner = nullptr;  // null: it has ended
  std::size_t outstanding = 0;
  bool is_aborted = false;  // the servers were replaced meanwhile
  MonoTime started{};
};

ReferenceNames::ReferenceNames(NameServers& servers, const std::vector<std::string>& targets)
    : servers_(servers) {
  for (const std::string& target : targets) {
    std::string name = HostNameOf(target);
    if (name.empty() || std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
    names_.push_back(std::move(name));
    if (names_.size() == kMostNames) break;
  }
}

ReferenceNames::~ReferenceNames() {
  if (round_ != nullptr) round_->owner = nullptr;
}

void ReferenceNames::Ask() {
  const MonoTime now = MonoNow();
  const bool is_fresh = last_ != Health::kNotKnown && now - last_at_ <= kFresh;
  if (is_empty() || round_ != nullptr || is_fresh) return;
  const auto round = std::make_shared<Round>();
  round_ = round;
  round->owner = this;
  round->started = now;
  const std::size_t servers = std::min(servers_.size(), kMostServers);
  // One more than there are: an answer may come at once, and must not end the round too early.
  round->outstanding = servers * names_.size() + 1;
  for (std::size_t i = 0; i < servers; ++i) {
    for (const std::string& name : names_) {
      servers_.at(i).Ask(name, kRecordA, [round](const NameServer::Reply& reply) {
        if (round->owner != nullptr) round->owner->OnReply(*round, reply);
      });
    }
  }
  if (round->owner != nullptr) Count(*round);
}

void ReferenceNames::OnReply(Round& round, const NameServer::Reply& reply) {
  if (IsGood(reply)) return End(Health::kAlive);
  if (reply.status == ARES_EDESTRUCTION) round.is_aborted = true;
  Count(round);
}

void ReferenceNames::Count(Round& round) {
  --round.outstanding;
  if (round.outstanding == 0) End(round.is_aborted ? Health::kNotKnown : Health::kDead);
}

void ReferenceNames::End(Health health) {
  std::exchange(round_, nullptr)->owner = nullptr;
  last_ = health;
  last_at_ = MonoNow();
  for (const std::weak_ptr<const Waiter>& waiting : std::exchange(waiters_, {})) {
    if (const std::shared_ptr<const Waiter> waiter = waiting.lock()) (*waiter)();
  }
}

ReferenceNames::Health ReferenceNames::health(MonoTime since) const {
  const bool counts = last_at_ >= since || MonoNow() - last_at_ <= kFresh;
  return counts ? last_ : Health::kNotKnown;
}

bool ReferenceNames::is_overdue() const {
  return round_ != nullptr && MonoNow() - round_->started >= kOverdue;
}

void ReferenceNames::Await(std::weak_ptr<const Waiter> waiter) {
  if (round_ != nullptr) waiters_.push_back(std::move(waiter));
}

std::string ReferenceNames::Text() const { return fmt::format("{}", fmt::join(names_, ", ")); }

}  // namespace gaikei::io
