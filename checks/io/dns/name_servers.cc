#include "checks/io/dns/name_servers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "checks/io/dns/dns_wire.h"
#include "checks/io/dns/hosts_file.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kShown = 4;

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

}  // namespace

NameServers::NameServers(Loop& loop, const Region& region, const std::string& resolv_conf)
    : loop_(loop), egress_(region), resolv_conf_(resolv_conf) {
  std::vector<Address> configured;
  for (const std::string& text : region.resolver) {
    if (const std::optional<Address> server = ParseServer(text)) configured.push_back(*server);
  }
  if (configured.empty()) return;
  is_configured_ = true;
  Use(configured);
}

NameServers::~NameServers() {
  is_closing_ = true;
  servers_.clear();
}

bool NameServers::Refresh() {
  if (is_configured_) return false;
  const std::optional<std::string> changed = resolv_conf_.ReadIfChanged();
  std::vector<Address> list;
  if (changed) list = ParseNameServers(*changed);
  if (list.empty()) {
    if (!servers_.empty()) return false;
    list = {*Address::Parse("127.0.0.1", kDnsPort)};
  }
  Use(list);
  return true;
}

std::string NameServers::Text() const {
  std::vector<std::string_view> shown;
  for (std::size_t i = 0; i < std::min(servers_.size(), kShown); ++i) {
    shown.push_back(servers_[i]->text());
  }
  return fmt::format("{}{}", fmt::join(shown, ", "), servers_.size() > kShown ? " ..." : "");
}

void NameServers::Use(const std::vector<Address>& addresses) {
  std::vector<std::unique_ptr<NameServer>> fresh;
  for (const Address& address : addresses) {
    fresh.push_back(std::make_unique<NameServer>(loop_, egress_, address));
  }
  servers_.swap(fresh);
}

}  // namespace gaikei::io
