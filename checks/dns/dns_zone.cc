#include "checks/dns/dns_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/dns/dns_names.h"
#include "checks/dns/dns_servers.h"
#include "checks/io/engine.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::uint16_t kTypeNs = 2;
constexpr std::size_t kMostNameServers = 16;
constexpr Span kLongestStep = std::chrono::seconds(2);

/// Where to look next, above `name`: at the zone that a negative answer names, else one label up.
std::string NextAbove(const DnsAnswer& answer, const std::string& name) {
  const bool is_alias = std::any_of(
      answer.answer.records.begin(), answer.answer.records.end(), [&](const DnsRecord& record) {
        return record.type == "CNAME" && CanonicalDnsName(record.name) == name;
      });
  // The SOA record is then of the zone where the alias led.
  if (!is_alias) {
    for (const DnsRecord& record : answer.authority.records) {
      if (record.type != "SOA") continue;
      std::string owner = CanonicalDnsName(record.name);
      if (owner != name && IsWithinDnsZone(name, owner)) return owner;
    }
  }
  return ParentDnsName(name);
}

}  // namespace

AttemptContext WalkContext(const AttemptContext& context) {
  return {.engine = context.engine,
          .region = context.region,
          .timeout = std::min(context.timeout / 6, kLongestStep)};
}

std::vector<std::string> NameServersOf(const DnsSection& section, const std::string& zone) {
  std::vector<std::string> names;
  for (const DnsRecord& record : section.records) {
    if (record.type == "NS" && CanonicalDnsName(record.name) == zone) {
      names.push_back(CanonicalDnsName(record.data));
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.size() > kMostNameServers) names.resize(kMostNameServers);
  return names;
}

DnsZoneFinder::DnsZoneFinder(const AttemptContext& context, std::string name, Done done)
    : context_(WalkContext(context)),
      resolvers_(OwnResolvers(context)),
      name_(std::move(name)),
      done_(std::move(done)),
      patience_(context.engine.loop()) {
  Ask();
}

DnsZoneFinder::~DnsZoneFinder() = default;

void DnsZoneFinder::Ask() {
  asking_ = std::make_unique<DnsFallback>(
      context_, resolvers_, io::DnsQuery{.name = name_, .type = kTypeNs},
      [this](DnsFallback::Result result) { OnAnswer(std::move(result)); });
  // Above the root there is nobody: the deadline of the attempt decides.
  if (name_ != ".") patience_.Arm(context_.timeout, [this] { OnSilence(); });
}

void DnsZoneFinder::OnSilence() {
  asking_.reset();
  result_.is_broken_below = true;
  result_.notes.push_back(fmt::format("no answer in {} for the NS of {}",
                                      FormatDuration(context_.timeout), Escape(name_)));
  name_ = ParentDnsName(name_);
  Ask();
}

void DnsZoneFinder::OnAnswer(DnsFallback::Result result) {
  asking_.reset();
  patience_.Disarm();
  for (std::string& note : result.notes) {
    // Each question meets the same silent resolver.
    if (std::find(result_.notes.begin(), result_.notes.end(), note) == result_.notes.end()) {
      result_.notes.push_back(std::move(note));
    }
  }
  const DnsAnswer& answer = result.exchange.answer;
  if (answer.reason != Reason::kNone) {
    result_.reason = answer.reason;
    result_.message = fmt::format("cannot find the zone of {}: {}", Escape(name_), answer.message);
    return Finish();
  }
  result_.name_servers = NameServersOf(answer.answer, name_);
  if (answer.rcode == "NOERROR" && !result_.name_servers.empty()) {
    result_.zone = name_;
    return Finish();
  }
  const bool is_denied = answer.rcode == "NOERROR" || answer.rcode == "NXDOMAIN";
  if (name_ == ".") {
    result_.reason = answer.rcode == "REFUSED" ? Reason::kDnsRefused : Reason::kDnsServfail;
    result_.message = fmt::format("{} names no servers of the root: {}",
                                  DnsServerText(result.server), answer.rcode);
    return Finish();
  }
  if (!is_denied) result_.is_broken_below = true;
  name_ = NextAbove(answer, name_);
  Ask();
}

void DnsZoneFinder::Finish() {
  const Done done = std::move(done_);
  Result result = std::move(result_);
  done(std::move(result));
}

}  // namespace gaikei
