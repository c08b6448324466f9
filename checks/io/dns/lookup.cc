#define CARES_NO_DEPRECATED
#include "checks/io/dns/lookup.h"

#include <ares.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/io/dns/dns_answer.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/dns/name_servers.h"
#include "checks/io/net/errors.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

// Rounds over all servers before a bad answer counts although another server is silent.
constexpr std::size_t kRoundsWithSilence = 3;
constexpr std::size_t kMaxHttps = 8;

// Status of c-ares for an rcode, the way ares_query() has it.
int StatusOfRcode(int rcode) {
  switch (rcode) {
    case 0:
      return ARES_ENODATA;
    case 1:
      return ARES_EFORMERR;
    case 3:
      return ARES_ENOTFOUND;
    case 4:
      return ARES_ENOTIMP;
    case 5:
      return ARES_EREFUSED;
    default:
      return ARES_ESERVFAIL;
  }
}

Family FamilyOf(std::uint16_t type) {
  if (type == kRecordA) return Family::kIpv4;
  return type == kRecordAaaa ? Family::kIpv6 : Family::kAuto;
}

// What an answer says of HTTPS records, in the form of one that says it of addresses.
AddressAnswer ReadHttpsAnswer(std::span<const std::uint8_t> message,
                              std::vector<std::string>& https) {
  AddressAnswer answer;
  DnsAnswer read = ReadDnsAnswer(message, DnsWireQuery{});
  if (read.reason != Reason::kNone) {
    answer.problem = std::move(read.message);
    return answer;
  }
  answer.rcode = message[3] & 0x0fU;
  const std::string type = DnsTypeText(kRecordHttps);
  for (DnsRecord& record : read.answer.records) {
    answer.ttl = https.empty() ? record.ttl : std::min(answer.ttl, record.ttl);
    if (record.type != type || https.size() == kMaxHttps) continue;
    https.push_back(std::move(record.data));
  }
  return answer;
}

}  // namespace

std::string_view NoAddressText(Family family) {
  switch (family) {
    case Family::kIpv4:
      return "no IPv4 address";
    case Family::kIpv6:
      return "no IPv6 address";
    case Family::kAuto:
      break;
  }
  return "no address";
}

Lookup::Lookup(std::string name, std::uint16_t type) : name_(std::move(name)), type_(type) {}

void Lookup::Start(NameServers& servers, Listener& listener) {
  servers_ = &servers;
  listener_ = &listener;
  BeginAnew();
}

void Lookup::Settle(LookupVerdict verdict, Listener& listener) {
  listener_ = &listener;
  Conclude(std::move(verdict));
}

void Lookup::Send() {
  NameServer& server = servers_->at((first_ + sent_) % servers_->size());
  server.Ask(name_, type_, [self = shared_from_this(), &server](const NameServer::Reply& reply) {
    self->OnReply(server, reply);
  });
}

void Lookup::BeginAnew() {
  sent_ = 0;
  first_ = 0;
  for (std::size_t i = 0; i < servers_->size(); ++i) {
    if (servers_->at(i).text() == last_server_) first_ = i + 1;
  }
  any_silent_ = false;
  failure_ = {};
  Send();
}

void Lookup::OnReply(const NameServer& server, const NameServer::Reply& reply) {
  if (listener_ == nullptr || is_settled_ || servers_->is_closing()) return;
  if (reply.status == ARES_EDESTRUCTION) return BeginAnew();  // there is another list of servers
  if (reply.status == ARES_ETIMEOUT) {
    any_silent_ = true;
    Note(fmt::format("{} did not answer", server.text()));
  } else {
    LookupVerdict verdict = Judge(server, reply);
    if (IsAnswer(verdict.reason)) return Conclude(std::move(verdict));
    // The first failure counts, but what a server said before what we could not ask.
    const bool is_better =
        failure_.reason == Reason::kNone || (StatusOf(failure_.reason) == Status::kUnknown &&
                                             StatusOf(verdict.reason) != Status::kUnknown);
    if (is_better) failure_ = std::move(verdict);
  }
  if (!is_brief_) listener_->OnTrouble();
  ++sent_;
  if (sent_ % servers_->size() == 0 && EndRound()) return;
  Send();
}

// True when every server has had its turn and there is a verdict.
bool Lookup::EndRound() {
  const std::size_t rounds = sent_ / servers_->size();
  const bool is_fail = StatusOf(failure_.reason) == Status::kFail;
  if (failure_.reason != Reason::kNone &&
      (is_brief_ || !any_silent_ || (is_fail && rounds >= kRoundsWithSilence))) {
    Conclude(std::move(failure_));
    return true;
  }
  if (is_brief_) {
    Conclude({.reason = Reason::kDnsTimeout});
    return true;
  }
  any_silent_ = false;
  failure_ = {};
  return false;
}

LookupVerdict Lookup::Judge(const NameServer& server, const NameServer::Reply& reply) {
  LookupVerdict verdict;
  if (!reply.message.empty()) {
    verdict = Read(server, reply.message);
    verdict.server = server.text();
    verdict.arrived = reply.arrived;
    return verdict;
  }
  verdict.arrived = reply.arrived;
  const std::string why = reply.status == ARES_ECONNREFUSED && reply.socket_errno != 0
                              ? ErrnoText(reply.socket_errno)
                              : std::string(ares_strerror(reply.status));
  verdict.reason = ReasonFromAres(reply.status, reply.socket_errno);
  verdict.message = fmt::format("cannot ask the name server {} for {}: {}", server.address().Text(),
                                Escape(name_), why);
  Note(fmt::format("{}: {}", server.text(), why));
  return verdict;
}

LookupVerdict Lookup::Read(const NameServer& server, std::span<const std::uint8_t> message) {
  LookupVerdict verdict;
  AddressAnswer answer = type_ == kRecordHttps
                             ? ReadHttpsAnswer(message, verdict.https)
                             : ReadAddressAnswer(message, static_cast<AddressRecord>(type_));
  if (!answer.problem.empty()) {
    verdict.reason = Reason::kDnsMalformed;
    verdict.message = fmt::format("the name server {} was asked for {}: {}",
                                  server.address().Text(), Escape(name_), answer.problem);
    Note(fmt::format("{}: {}", server.text(), answer.problem));
    return verdict;
  }
  verdict.addresses = std::move(answer.addresses);
  if (!verdict.addresses.empty() || !verdict.https.empty()) {
    verdict.ttl = answer.ttl;
    return verdict;
  }
  verdict.reason = ReasonFromAres(StatusOfRcode(answer.rcode), 0);
  if (wants_ttl_ && IsAnswer(verdict.reason)) verdict.ttl = NegativeTtl(message);
  if (verdict.reason == Reason::kDnsNodata) {
    verdict.message =
        fmt::format("the name {} has {}", Escape(name_), NoAddressText(FamilyOf(type_)));
  } else if (verdict.reason == Reason::kDnsNxdomain) {
    verdict.message = fmt::format("the name {} does not exist", Escape(name_));
  } else {
    const std::string rcode = RcodeText(answer.rcode);
    verdict.message = fmt::format("the name server {} answered {} for {}", server.address().Text(),
                                  rcode, Escape(name_));
    Note(fmt::format("{} answered {}", server.text(), rcode));
  }
  return verdict;
}

void Lookup::Note(std::string note) {
  if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) {
    notes_.push_back(std::move(note));
  }
}

void Lookup::Conclude(LookupVerdict verdict) {
  is_settled_ = true;
  verdict_ = std::move(verdict);
  listener_->OnVerdict(*this);
}

}  // namespace gaikei::io
