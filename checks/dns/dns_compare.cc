#include "checks/dns/dns_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "checks/dns/dns_names.h"
#include "results/ascii.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// Types whose data are names, and numbers: their case does not count.
constexpr std::array<std::string_view, 8> kNameTypes = {"CNAME", "DNAME", "NS",  "PTR",
                                                        "MX",    "SOA",   "SRV", "RP"};
/// What a message shows of one answer.
constexpr std::size_t kShownRecords = 3;
constexpr std::size_t kShownBytes = 100;
/// Servers that a message names.
constexpr std::size_t kShownServers = 4;

/// What makes an answer the same as another.
struct Content {
  std::string rcode;
  unsigned count = 0;  ///< of all records, also those that the evidence has not kept
  std::set<std::string> records;
  bool operator==(const Content&) const = default;
};

Content ContentOf(const DnsAnswer& answer) {
  Content content;
  content.rcode = answer.rcode;
  bool is_cut = answer.answer.count > answer.answer.records.size();
  for (const DnsRecord& record : answer.answer.records) {
    if (record.type == "RRSIG") continue;
    const bool is_name =
        std::find(kNameTypes.begin(), kNameTypes.end(), record.type) != kNameTypes.end();
    content.records.insert(fmt::format("{} {} {}", LowerCase(record.name), record.type,
                                       is_name ? LowerCase(record.data) : record.data));
  }
  // Which ones are kept of a long answer depends on its order: then the number has to do.
  if (is_cut) {
    content.records.clear();
    content.count = answer.answer.count;
  }
  return content;
}

/// What a server says, in few words.
std::string Says(const DnsAnswer& answer) {
  if (answer.rcode != "NOERROR") return answer.rcode;
  std::string text;
  std::size_t shown = 0;
  for (const DnsRecord& record : answer.answer.records) {
    if (record.type == "RRSIG") continue;
    if (shown++ == kShownRecords) return text + ", ...";
    text += (text.empty() ? "" : ", ") + Escape(record.data, kShownBytes);
  }
  return text.empty() ? "no record" : text;
}

/// Servers with one and the same content, in their order.
struct Group {
  Content content;
  std::vector<const DnsAnswer*> members;
};

std::vector<Group> GroupByContent(const std::vector<const DnsAnswer*>& answered) {
  std::vector<Group> groups;
  for (const DnsAnswer* answer : answered) {
    Content content = ContentOf(*answer);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& held) { return held.content == content; });
    if (group == groups.end()) {
      groups.push_back({std::move(content), {}});
      group = groups.end() - 1;
    }
    group->members.push_back(answer);
  }
  return groups;
}

/// The group that counts as right.
const Group& RightOf(const std::vector<Group>& groups, std::optional<std::uint32_t> newest) {
  const auto has_newest = [&](const Group& group) {
    return newest && std::any_of(group.members.begin(), group.members.end(),
                                 [&](const DnsAnswer* held) { return held->serial == newest; });
  };
  const Group* right = &groups.front();
  for (const Group& group : groups) {
    if (group.members.size() > right->members.size() ||
        (group.members.size() == right->members.size() && has_newest(group) &&
         !has_newest(*right))) {
      right = &group;
    }
  }
  return *right;
}

/// "A VERB x, B VERB y, the others z".
std::string Sentence(const std::vector<std::pair<std::string, std::string>>& odd,
                     std::string_view verb, const std::string& others) {
  std::string text;
  for (std::size_t i = 0; i < odd.size(); ++i) {
    if (i == kShownServers) {
      text += fmt::format("{} more differ, ", odd.size() - i);
      break;
    }
    text += fmt::format("{} {} {}, ", odd[i].first, verb, odd[i].second);
  }
  return text + "the others " + others;
}

std::optional<std::uint32_t> NewestSerial(const std::vector<const DnsAnswer*>& answered) {
  std::optional<std::uint32_t> newest;
  for (const DnsAnswer* answer : answered) {
    if (!answer->serial) continue;
    if (!newest || IsNewerSerial(*answer->serial, *newest)) newest = answer->serial;
  }
  return newest;
}

void AddDiffering(DnsComparison& comparison, const std::string& server) {
  auto& differing = comparison.differing;
  if (std::find(differing.begin(), differing.end(), server) == differing.end()) {
    differing.push_back(server);
  }
}

void CompareSerials(const std::vector<const DnsAnswer*>& answered,
                    std::optional<std::uint32_t> newest, DnsComparison& comparison) {
  std::size_t with_serial = 0;
  std::uint32_t spread = 0;
  std::vector<std::pair<std::string, std::string>> odd;
  for (const DnsAnswer* answer : answered) {
    if (!answer->serial) continue;
    ++with_serial;
    const std::uint32_t behind = *newest - *answer->serial;
    spread = std::max(spread, behind);
    if (behind == 0) continue;
    odd.emplace_back(ShownDnsServer(*answer), fmt::to_string(*answer->serial));
    AddDiffering(comparison, answer->server);
  }
  if (with_serial < 2) return;
  comparison.serial_spread = spread;
  if (odd.empty()) return;
  comparison.serials = Sentence(odd, "has serial", fmt::to_string(*newest));
}

}  // namespace

bool IsNewerSerial(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t ahead = a - b;
  return ahead != 0 && ahead < 0x80000000U;
}

std::string ShownDnsServer(const DnsAnswer& server) {
  return server.server_name.empty() ? server.server
                                    : fmt::format("{} ({})", server.server_name, server.server);
}

DnsComparison CompareDnsAnswers(std::span<const DnsAnswer> servers) {
  DnsComparison comparison;
  std::vector<const DnsAnswer*> answered;
  for (const DnsAnswer& server : servers) {
    if (server.reason == Reason::kNone && !server.rcode.empty()) answered.push_back(&server);
  }
  if (answered.size() < 2) return comparison;
  const std::optional<std::uint32_t> newest = NewestSerial(answered);
  CompareSerials(answered, newest, comparison);

  const std::vector<Group> groups = GroupByContent(answered);
  comparison.agree = groups.size() == 1;
  if (*comparison.agree) return comparison;
  const Group& right = RightOf(groups, newest);
  // Where they differ in the SOA record itself, its serial says who is behind, whatever most have.
  const bool is_serial_alone =
      !comparison.serials.empty() &&
      std::all_of(answered.begin(), answered.end(), [](const DnsAnswer* answer) {
        return answer->serial && !answer->answer.records.empty() &&
               answer->answer.records.front().type == "SOA";
      });
  if (is_serial_alone) {
    comparison.answers = comparison.serials;
    return comparison;
  }
  std::vector<std::pair<std::string, std::string>> odd;
  for (const DnsAnswer* answer : answered) {
    if (std::find(right.members.begin(), right.members.end(), answer) != right.members.end()) {
      continue;
    }
    odd.emplace_back(ShownDnsServer(*answer), Says(*answer));
    AddDiffering(comparison, answer->server);
  }
  comparison.answers = Sentence(odd, "says", Says(*right.members.front()));
  return comparison;
}

}  // namespace gaikei
