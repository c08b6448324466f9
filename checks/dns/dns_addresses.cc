#include "checks/dns/dns_addresses.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checks/dns/dns_names.h"
#include "checks/dns/dns_servers.h"
#include "checks/dns/dns_zone.h"
#include "checks/io/engine.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::size_t kMostAddresses = 8;

}  // namespace

void AddAddresses(const DnsSection& section, const std::string& name, Family family,
                  std::vector<io::Address>& addresses) {
  for (const DnsRecord& record : section.records) {
    if (record.type != "A" && record.type != "AAAA") continue;
    if (!name.empty() && CanonicalDnsName(record.name) != name) continue;
    const auto address = io::Address::Parse(record.data, 0);
    if (!address || (family != Family::kAuto && address->family() != family)) continue;
    const bool is_known =
        std::find(addresses.begin(), addresses.end(), *address) != addresses.end();
    if (!is_known && addresses.size() < kMostAddresses) addresses.push_back(*address);
  }
}

DnsAddresses::DnsAddresses(const AttemptContext& context, const std::vector<std::string>& names,
                           Family family, Done done)
    : done_(std::move(done)), patience_(context.engine.loop()) {
  const AttemptContext step = WalkContext(context);
  patience_.Arm(step.timeout, [this] { OnSilence(); });
  std::vector<io::DnsQuery> queries;
  for (const std::string& name : names) {
    if (family != Family::kIpv6) queries.push_back({.name = name, .type = kTypeA});
    if (family != Family::kIpv4) queries.push_back({.name = name, .type = kTypeAaaa});
  }
  const std::vector<DnsServerTarget> resolvers = OwnResolvers(context);
  questions_.resize(queries.size());
  waiting_ = queries.size();
  for (std::size_t i = 0; i < queries.size(); ++i) {
    questions_[i].name = queries[i].name;
    questions_[i].asking = std::make_unique<DnsFallback>(
        step, resolvers, queries[i],
        [this, i](const DnsFallback::Result& result) { OnAnswer(i, result); });
  }
}

DnsAddresses::~DnsAddresses() = default;

void DnsAddresses::OnAnswer(std::size_t index, const DnsFallback::Result& result) {
  Question& question = questions_[index];
  question.asking.reset();
  const DnsAnswer& answer = result.exchange.answer;
  if (answer.reason != Reason::kNone) {
    question.problem = answer.message;
  } else if (answer.rcode != "NOERROR") {
    question.problem = answer.rcode;
  } else {
    AddAddresses(answer.answer, "", Family::kAuto, question.addresses);
  }
  if (--waiting_ == 0) Finish();
}

void DnsAddresses::OnSilence() {
  for (Question& question : questions_) {
    if (question.asking) question.problem = "no answer";
  }
  Finish();
}

void DnsAddresses::Finish() {
  patience_.Disarm();
  for (Question& question : questions_) question.asking.reset();
  Result result;
  std::map<std::string, std::string> problems;
  for (Question& question : questions_) {
    std::vector<io::Address>& held = result.addresses[question.name];
    held.insert(held.end(), question.addresses.begin(), question.addresses.end());
    std::string& problem = problems[question.name];
    if (problem.empty()) problem = question.problem;
  }
  for (const auto& [name, problem] : problems) {
    if (!result.addresses[name].empty()) continue;
    result.addresses.erase(name);
    result.notes.push_back(fmt::format("the name server {} has no address{}{}", Escape(name),
                                       problem.empty() ? "" : ": ", problem));
  }
  const Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace gaikei
