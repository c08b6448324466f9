#include "checks/io/dns/hosts_file.h"

#include <algorithm>
#include <utility>

#include "checks/io/dns/dns_wire.h"
#include "results/ascii.h"

namespace gaikei::io {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";

// Takes the first word off `line`; empty at the end and at a comment.
std::string_view TakeWord(std::string_view& line) {
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos || line[begin] == '#') return {};
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r\f\v#"));
  line.remove_prefix(word.size());
  return word;
}

template <typename UseLine>
void ForEachLine(std::string_view text, const UseLine& use) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

bool IsLocalhost(std::string_view name) {
  return name == "localhost" || name.ends_with(".localhost");
}

std::vector<Address> HostsFile::Find(std::string_view name, Family family) {
  if (const std::optional<std::string> changed = file_.ReadIfChanged()) Parse(*changed);
  std::vector<Address> found;
  const auto entry = entries_.find(std::string(name));
  if (entry != entries_.end()) {
    found = entry->second;
  } else if (IsLocalhost(name)) {
    found = {*Address::Parse("::1", 0), *Address::Parse("127.0.0.1", 0)};
  }
  if (family != Family::kAuto) {
    std::erase_if(found, [family](const Address& address) { return address.family() != family; });
  }
  return found;
}

void HostsFile::Parse(std::string_view text) {
  entries_.clear();
  ForEachLine(text, [this](std::string_view line) {
    const std::optional<Address> address = Address::Parse(TakeWord(line), 0);
    if (!address) return;
    for (std::string_view word = TakeWord(line); !word.empty(); word = TakeWord(line)) {
      if (word.ends_with('.')) word.remove_suffix(1);
      std::vector<Address>& addresses = entries_[LowerCase(word)];
      if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
        addresses.push_back(*address);
      }
    }
  });
}

std::vector<Address> ParseNameServers(std::string_view text) {
  std::vector<Address> servers;
  ForEachLine(text, [&servers](std::string_view line) {
    if (line.starts_with(';') || TakeWord(line) != "nameserver") return;
    if (const std::optional<Address> server = Address::Parse(TakeWord(line), kDnsPort)) {
      servers.push_back(*server);
    }
  });
  return servers;
}

}  // namespace gaikei::io
