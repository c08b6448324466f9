#define CARES_NO_DEPRECATED
#include "checks/io/resolver.h"

#include <ares.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "checks/io/dns_answer.h"
#include "checks/io/egress.h"
#include "checks/io/errors.h"
#include "checks/io/hosts_file.h"
#include "checks/io/loop.h"
#include "checks/io/name_server.h"
#include "checks/io/timer.h"
#include "checks/io/watched_file.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr Span kOtherFamilyDelay = std::chrono::milliseconds(50);  // RFC 8305, 3
// What a family that failed waits for the other one.
constexpr Span kSecondChance = std::chrono::seconds(1);
// Rounds over all servers before a bad answer counts although another server is silent.
constexpr int kRoundsWithSilence = 3;

// "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT".
std::optional<Address> ParseServer(std::string_view text) {
  if (const std::optional<Address> address = Address::Parse(text, kDnsPort)) return address;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  // Without brackets the colon would belong to an IPv6 address.
  if (host.find(':') != std::string_view::npos && !host.starts_with('[')) return std::nullopt;
  return Address::Parse(host, port);
}

// Why `name` (lower case, no trailing dot) cannot be asked for; empty when it can (RFC
// 1035, 2.3.4).
std::string NameProblem(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (name.size() > 253) return "the name is longer than 253 characters";
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '\\';  // a backslash would be an escape on the way
  });
  if (!is_plain) return "the name has characters that no host name has";
  while (true) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    if (dot == 0) return "the name has an empty label";
    if (dot > 63) return "the name has a label longer than 63 characters";
    if (dot == name.size()) return {};
    name.remove_prefix(dot + 1);
  }
}

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

class Query;

// One question for one family, until it has a verdict. It outlives its query when that is cancelled
// on the way: c-ares cannot cancel a single question.
struct Ask {
  Query* query = nullptr;  // null: cancelled
  AddressRecord type = AddressRecord::kA;
  std::string name;
  std::size_t sent = 0;     // questions sent in this list of servers
  bool any_silent = false;  // in this round
  ResolveResult failure;    // first bad answer of this round; kNone: none
  std::optional<ResolveResult> verdict;
};

class Query : public ResolveTicket {
 public:
  Query(Loop& loop, std::string_view name, Family family, Resolver::Done done,
        std::shared_ptr<const int> alive)
      : shown_(Escape(name)),
        family_(family),
        done_(std::move(done)),
        alive_(std::move(alive)),
        timer_(loop) {}
  ~Query() override {
    for (const std::shared_ptr<Ask>& ask : asks_) ask->query = nullptr;
  }

  std::shared_ptr<Ask> AddAsk(std::string_view name, AddressRecord type) {
    auto ask = std::make_shared<Ask>();
    ask->query = this;
    ask->type = type;
    ask->name = name;
    asks_.push_back(ask);
    return ask;
  }

  const std::string& shown() const { return shown_; }

  void Settle(Ask& ask, ResolveResult verdict) {
    if (ask.verdict) return;
    ask.verdict = std::move(verdict);
    // A name that does not exist has no address of the other family either. The converse is not
    // believed: some servers deny the name when asked for AAAA (RFC 4074, 4.2).
    const Reason reason = ask.verdict->reason;
    const bool is_last = std::all_of(asks_.begin(), asks_.end(),
                                     [](const auto& held) { return held->verdict.has_value(); });
    if (is_last || (reason == Reason::kDnsNxdomain && ask.type == AddressRecord::kA)) {
      Deliver(Combine());
    } else if (reason == Reason::kNone) {
      timer_.Arm(kOtherFamilyDelay, [this] { Deliver(Combine()); });
    } else if (reason != Reason::kDnsNodata && reason != Reason::kDnsNxdomain) {
      timer_.Arm(kSecondChance, [this] { Deliver(Combine()); });
    }
  }

  // Answers in the next turn: c-ares is on the stack now, and the answer may destroy it.
  void Deliver(ResolveResult result) {
    if (is_delivered_) return;
    is_delivered_ = true;
    timer_.Arm(Span::zero(), [this, shared = std::make_shared<ResolveResult>(std::move(result))] {
      const Resolver::Done done = std::exchange(done_, {});
      done(std::move(*shared));  // may destroy this query
    });
  }

  ResolveResult NoData() const {
    return {.reason = Reason::kDnsNodata,
            .message = fmt::format("the name {} has {}", shown_, NoAddressText(family_)),
            .addresses = {}};
  }

 private:
  ResolveResult Combine() const {
    std::vector<Address> addresses;
    const ResolveResult* failure = nullptr;
    for (const std::shared_ptr<Ask>& ask : asks_) {
      if (!ask->verdict) continue;
      const ResolveResult& verdict = *ask->verdict;
      addresses.insert(addresses.end(), verdict.addresses.begin(), verdict.addresses.end());
      // The question for A stands first. That one family has nothing says less than why the other
      // could not be asked for.
      if (verdict.reason == Reason::kNone) continue;
      if (failure == nullptr ||
          (failure->reason == Reason::kDnsNodata && verdict.reason != Reason::kDnsNxdomain)) {
        failure = &verdict;
      }
    }
    if (!addresses.empty()) {
      return {.reason = Reason::kNone, .message = {}, .addresses = Interleave(addresses)};
    }
    return failure == nullptr || failure->reason == Reason::kDnsNodata ? NoData() : *failure;
  }

  const std::string shown_;
  const Family family_;
  Resolver::Done done_;
  const std::shared_ptr<const int> alive_;
  std::vector<std::shared_ptr<Ask>> asks_;  // A before AAAA
  bool is_delivered_ = false;
  Timer timer_;
};

}  // namespace

struct Resolver::Impl {
  Impl(Loop& owner, const Region& region, const ResolverFiles& files)
      : loop(owner), egress(region), hosts(files.hosts), resolv_conf(files.resolv_conf) {
    for (const std::string& text : region.resolver) {
      if (const std::optional<Address> server = ParseServer(text)) configured.push_back(*server);
    }
    if (!configured.empty()) UseServers(configured);
  }

  ~Impl() {
    is_closing = true;
    servers.clear();
  }

  Loop& loop;
  Egress egress;
  HostsFile hosts;
  WatchedFile resolv_conf;
  std::vector<Address> configured;  // empty: those of the machine
  std::vector<std::unique_ptr<NameServer>> servers;
  std::shared_ptr<const int> alive = std::make_shared<const int>(0);
  bool is_closing = false;

  void UseServers(const std::vector<Address>& addresses) {
    std::vector<std::unique_ptr<NameServer>> fresh;
    for (const Address& address : addresses) {
      fresh.push_back(std::make_unique<NameServer>(loop, egress, address));
    }
    // Questions in flight come back with ARES_EDESTRUCTION and begin anew with the new list.
    servers.swap(fresh);
  }

  void RefreshServers() {
    if (!configured.empty()) return;
    const std::optional<std::string> changed = resolv_conf.ReadIfChanged();
    std::vector<Address> list;
    if (changed) list = ParseNameServers(*changed);
    if (list.empty()) {
      if (!servers.empty()) return;
      list = {*Address::Parse("127.0.0.1", kDnsPort)};  // as the C library has it
    }
    UseServers(list);
  }

  void Send(const std::shared_ptr<Ask>& ask) {
    NameServer& server = *servers[ask->sent % servers.size()];
    server.Ask(ask->name, ask->type, [this, ask, &server](const NameServer::Reply& reply) {
      OnReply(ask, server, reply);
    });
  }

  void OnReply(const std::shared_ptr<Ask>& ask, const NameServer& server,
               const NameServer::Reply& reply) {
    if (ask->query == nullptr || ask->verdict || is_closing) return;
    if (reply.status == ARES_EDESTRUCTION) {
      ask->sent = 0;
      ask->any_silent = false;
      ask->failure = {};
      Send(ask);
      return;
    }
    if (reply.status == ARES_ETIMEOUT) {
      ask->any_silent = true;
    } else {
      ResolveResult result = Judge(*ask, server, reply);
      const bool is_final = result.reason == Reason::kNone ||
                            result.reason == Reason::kDnsNxdomain ||
                            result.reason == Reason::kDnsNodata;
      if (is_final) {
        ask->query->Settle(*ask, std::move(result));
        return;
      }
      // The first failure counts, but what a server said before what we could not ask.
      const bool is_better = ask->failure.reason == Reason::kNone ||
                             (StatusOf(ask->failure.reason) == Status::kUnknown &&
                              StatusOf(result.reason) != Status::kUnknown);
      if (is_better) ask->failure = std::move(result);
    }
    ++ask->sent;
    if (ask->sent % servers.size() == 0 && EndRound(*ask)) return;
    Send(ask);
  }

  // True when every server has had its turn and there is a verdict.
  bool EndRound(Ask& ask) {
    const std::size_t rounds = ask.sent / servers.size();
    const bool is_fail = StatusOf(ask.failure.reason) == Status::kFail;
    if (ask.failure.reason != Reason::kNone &&
        (!ask.any_silent || (is_fail && rounds >= kRoundsWithSilence))) {
      ask.query->Settle(ask, std::move(ask.failure));
      return true;
    }
    ask.any_silent = false;
    ask.failure = {};
    return false;
  }

  static ResolveResult Judge(const Ask& ask, const NameServer& server,
                             const NameServer::Reply& reply) {
    ResolveResult result;
    const std::string& name = ask.query->shown();
    const std::string from = server.address().Text();
    if (reply.message.empty()) {
      result.reason = ReasonFromAres(reply.status, reply.socket_errno);
      result.message = fmt::format("cannot ask the name server {} for {}: {}", from, name,
                                   reply.status == ARES_ECONNREFUSED && reply.socket_errno != 0
                                       ? ErrnoText(reply.socket_errno)
                                       : std::string(ares_strerror(reply.status)));
      return result;
    }
    AddressAnswer answer = ReadAddressAnswer(reply.message, ask.type);
    if (!answer.problem.empty()) {
      result.reason = Reason::kDnsMalformed;
      result.message =
          fmt::format("the name server {} was asked for {}: {}", from, name, answer.problem);
    } else if (!answer.addresses.empty()) {
      result.addresses = std::move(answer.addresses);
    } else {
      result.reason = ReasonFromAres(StatusOfRcode(answer.rcode), 0);
      if (result.reason == Reason::kDnsNodata) return ask.query->NoData();
      result.message = result.reason == Reason::kDnsNxdomain
                           ? fmt::format("the name {} does not exist", name)
                           : fmt::format("the name server {} answered {} for {}", from,
                                         RcodeText(answer.rcode), name);
    }
    return result;
  }
};

Resolver::Resolver(Loop& loop, const Region& region, const ResolverFiles& files)
    : impl_(std::make_unique<Impl>(loop, region, files)) {}
Resolver::~Resolver() = default;

std::vector<Address> Resolver::Servers() {
  impl_->RefreshServers();
  std::vector<Address> addresses;
  for (const auto& server : impl_->servers) addresses.push_back(server->address());
  return addresses;
}

bool Resolver::is_idle() const { return impl_->alive.use_count() == 1; }

std::unique_ptr<ResolveTicket> Resolver::Resolve(std::string_view host, Family family, Done done) {
  std::string name = LowerCase(host);
  if (name.size() > 1 && name.ends_with('.')) name.pop_back();
  auto query = std::make_unique<Query>(impl_->loop, name, family, std::move(done), impl_->alive);
  const auto answer = [&query](const std::vector<Address>& addresses) {
    query->Deliver({.reason = Reason::kNone, .message = {}, .addresses = Interleave(addresses)});
  };
  if (const std::optional<Address> numeric = Address::Parse(name, 0)) {
    if (family == Family::kAuto || family == numeric->family()) {
      answer({*numeric});
    } else {
      query->Deliver(query->NoData());
    }
    return query;
  }
  if (std::string problem = NameProblem(name); !problem.empty()) {
    query->Deliver({.reason = Reason::kDnsMalformed,
                    .message = fmt::format("{}: {}", problem, query->shown()),
                    .addresses = {}});
    return query;
  }
  if (std::vector<Address> known = impl_->hosts.Find(name, family); !known.empty()) {
    answer(std::move(known));
    return query;
  }
  impl_->RefreshServers();
  // Both are there before either is asked: an answer may come at once.
  std::vector<std::shared_ptr<Ask>> asks;
  if (family != Family::kIpv6) asks.push_back(query->AddAsk(name, AddressRecord::kA));
  if (family != Family::kIpv4) asks.push_back(query->AddAsk(name, AddressRecord::kAaaa));
  for (const std::shared_ptr<Ask>& ask : asks) impl_->Send(ask);
  return query;
}

}  // namespace gaikei::io
