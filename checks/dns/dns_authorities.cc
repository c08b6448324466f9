#include "checks/dns/dns_authorities.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/dns/dns_names.h"
#include "checks/dns/dns_servers.h"
#include "checks/io/dns/dns_wire.h"
#include "checks/io/engine.h"
#include "checks/io/net/egress.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::uint16_t kTypeNs = 2;
constexpr std::uint16_t kTypeDs = 43;
constexpr std::size_t kMostAuthorities = 32;
/// Servers of a parent that are tried.
constexpr std::size_t kParentNames = 3;

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return Escape(text);
}

/// The zone that an answer of a parent delegates to, on the way to `name`; empty: none.
std::string DelegatedZone(const DnsAnswer& answer, const std::string& parent,
                          const std::string& name) {
  for (const DnsSection* section : {&answer.authority, &answer.answer}) {
    for (const DnsRecord& record : section->records) {
      if (record.type != "NS") continue;
      std::string owner = CanonicalDnsName(record.name);
      if (owner != parent && IsWithinDnsZone(owner, parent) && IsWithinDnsZone(name, owner)) {
        return owner;
      }
    }
  }
  return {};
}

}  // namespace

DnsAuthorities::DnsAuthorities(const AttemptContext& context, std::shared_ptr<const DnsPlan> plan,
                               Done done)
    : context_(context),
      plan_(std::move(plan)),
      done_(std::move(done)),
      start_(CanonicalDnsName(plan_->query.name)),
      patience_(context.engine.loop()) {
  // DS records of a zone are its parent's (RFC 4035, 3.1.4.1).
  if (plan_->query.type == kTypeDs) start_ = ParentDnsName(start_);
  finder_ = std::make_unique<DnsZoneFinder>(
      context_, start_, [this](DnsZoneFinder::Result result) { OnZone(std::move(result)); });
}

DnsAuthorities::~DnsAuthorities() = default;

void DnsAuthorities::OnZone(DnsZoneFinder::Result result) {
  finder_.reset();
  AddNotes(std::move(result.notes));
  if (result.reason != Reason::kNone) return Fail(result.reason, std::move(result.message));
  zone_ = std::move(result.zone);
  own_name_servers_ = std::move(result.name_servers);
  if (!result.is_broken_below) return FindParent();
  is_below_open_ = true;
  parent_ = zone_;
  AskParent(start_, own_name_servers_);
}

void DnsAuthorities::FindParent() {
  if (zone_ == ".") {
    name_servers_ = own_name_servers_;
    return FindAddresses();
  }
  finder_ = std::make_unique<DnsZoneFinder>(
      context_, ParentDnsName(zone_),
      [this](DnsZoneFinder::Result result) { OnParent(std::move(result)); });
}

void DnsAuthorities::OnParent(DnsZoneFinder::Result result) {
  finder_.reset();
  AddNotes(std::move(result.notes));
  if (result.reason != Reason::kNone) return DoWithoutParent(result.message);
  parent_ = std::move(result.zone);
  AskParent(zone_, result.name_servers);
}

void DnsAuthorities::AskParent(std::string name, const std::vector<std::string>& name_servers) {
  std::vector<std::string> some(name_servers.begin(),
                                name_servers.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                           kParentNames, name_servers.size())));
  addresses_ = std::make_unique<DnsAddresses>(
      context_, some, plan_->family,
      [this, name = std::move(name)](const DnsAddresses::Result& result) {
        OnParentAddresses(name, result);
      });
}

void DnsAuthorities::OnParentAddresses(std::string name, const DnsAddresses::Result& result) {
  addresses_.reset();
  const io::Egress egress(context_.region);
  std::vector<DnsServerTarget> servers;
  for (const auto& [server, addresses] : result.addresses) {
    for (const io::Address& address : addresses) {
      DnsServerTarget target = TargetOf(server, address);
      target.transport = DnsTransport::kUdp;
      target.port = io::kDnsPort;
      target.host = address.Text();
      target.address.reset();
      if (egress.HasRouteTo(address.WithPort(io::kDnsPort))) servers.push_back(std::move(target));
    }
  }
  if (servers.empty()) {
    if (is_below_open_) {
      is_below_open_ = false;
      return FindParent();
    }
    return DoWithoutParent("no address of its servers is known");
  }
  const AttemptContext step = WalkContext(context_);
  patience_.Arm(step.timeout, [this] { OnParentSilence(); });
  asking_ = std::make_unique<DnsFallback>(
      step, std::move(servers),
      io::DnsQuery{.name = std::move(name), .type = kTypeNs, .recursion = false},
      [this](const DnsFallback::Result& delegation) { OnDelegation(delegation); });
}

void DnsAuthorities::OnParentSilence() {
  asking_.reset();
  if (!is_below_open_) return DoWithoutParent("no answer");
  is_below_open_ = false;
  FindParent();
}

void DnsAuthorities::OnDelegation(const DnsFallback::Result& result) {
  asking_.reset();
  patience_.Disarm();
  const DnsAnswer& answer = result.exchange.answer;
  if (is_below_open_) {
    is_below_open_ = false;
    const std::string below =
        answer.reason == Reason::kNone ? DelegatedZone(answer, parent_, start_) : std::string();
    if (below.empty()) return FindParent();
    own_name_servers_.clear();
    return TakeDelegation(answer, below, NameServersOf(answer.authority, below));
  }
  if (answer.reason != Reason::kNone) {
    return DoWithoutParent(fmt::format("{}: {}", DnsServerText(result.server), answer.message));
  }
  std::vector<std::string> delegated = NameServersOf(answer.authority, zone_);
  // A server that has both zones answers from the lower one.
  if (delegated.empty()) delegated = NameServersOf(answer.answer, zone_);
  if (delegated.empty()) {
    return DoWithoutParent(fmt::format("{} answered {} without a delegation",
                                       DnsServerText(result.server), answer.rcode));
  }
  TakeDelegation(answer, zone_, std::move(delegated));
}

void DnsAuthorities::TakeDelegation(const DnsAnswer& answer, const std::string& zone,
                                    std::vector<std::string> delegated) {
  zone_ = zone;
  name_servers_ = std::move(delegated);
  for (const std::string& name : name_servers_) {
    std::vector<io::Address> addresses;
    AddAddresses(answer.additional, name, plan_->family, addresses);
    if (!addresses.empty()) glue_[name] = std::move(addresses);
  }
  if (!own_name_servers_.empty() && own_name_servers_ != name_servers_) {
    result_.notes.push_back(fmt::format(
        "delegation and zone disagree on NS: {} delegates {} to {}, which says {}", Escape(parent_),
        Escape(zone_), Joined(name_servers_), Joined(own_name_servers_)));
  }
  FindAddresses();
}

void DnsAuthorities::DoWithoutParent(const std::string& why) {
  result_.notes.push_back(fmt::format(
      "the parent of {} could not be asked, its own NS are used: {}", Escape(zone_), why));
  name_servers_ = own_name_servers_;
  FindAddresses();
}

void DnsAuthorities::FindAddresses() {
  addresses_ = std::make_unique<DnsAddresses>(
      context_, name_servers_, plan_->family,
      [this](DnsAddresses::Result result) { OnAddresses(std::move(result)); });
}

void DnsAuthorities::OnAddresses(DnsAddresses::Result result) {
  addresses_.reset();
  AddNotes(std::move(result.notes));
  const io::Egress egress(context_.region);
  for (const std::string& name : name_servers_) {
    std::vector<io::Address> all;
    if (const auto held = result.addresses.find(name); held != result.addresses.end()) {
      all = held->second;
    }
    const bool is_resolved = !all.empty();
    for (const io::Address& address : glue_[name]) {
      if (std::find(all.begin(), all.end(), address) != all.end()) continue;
      if (is_resolved) {
        result_.notes.push_back(fmt::format("the glue {} of {} is none of its addresses",
                                            address.Text(), Escape(name)));
      }
      all.push_back(address);
    }
    for (const io::Address& address : all) {
      if (egress.HasRouteTo(address.WithPort(io::kDnsPort))) {
        AddServer(name, address);
      } else {
        result_.notes.push_back(
            fmt::format("no route to {} of {}: not asked", address.Text(), Escape(name)));
      }
    }
  }
  if (!result_.servers.empty()) return Finish();
  Fail(Reason::kDnsNodata,
       fmt::format("none of the name servers of {} has an address that can be reached ({})",
                   Escape(zone_), Joined(name_servers_)));
}

void DnsAuthorities::AddServer(const std::string& name, const io::Address& address) {
  if (result_.servers.size() < kMostAuthorities) {
    result_.servers.push_back({TargetOf(name, address), name});
  }
}

DnsServerTarget DnsAuthorities::TargetOf(const std::string& name,
                                         const io::Address& address) const {
  const bool is_plain =
      plan_->transport == DnsTransport::kUdp || plan_->transport == DnsTransport::kTcp;
  DnsServerTarget target;
  target.transport = plan_->transport;
  target.port = DefaultDnsPort(plan_->transport);
  target.host = is_plain ? address.Text() : name.substr(0, name.size() - 1);  // what TLS verifies
  target.address = address.WithPort(target.port);
  target.deny_private = plan_->deny_private;
  target.tls = plan_->tls;
  return target;
}

void DnsAuthorities::AddNotes(std::vector<std::string> notes) {
  for (std::string& note : notes) {
    auto& held = result_.notes;
    if (std::find(held.begin(), held.end(), note) == held.end()) held.push_back(std::move(note));
  }
}

void DnsAuthorities::Fail(Reason reason, std::string message) {
  result_.reason = reason;
  result_.message = std::move(message);
  Finish();
}

void DnsAuthorities::Finish() {
  const Done done = std::move(done_);
  Result result = std::move(result_);
  done(std::move(result));
}

}  // namespace gaikei
