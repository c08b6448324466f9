#include "probe/config/region_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "checks/io/net/address.h"
#include "probe/config/config.h"
#include "probe/config/target.h"

namespace gaikei {
namespace {

constexpr std::size_t kInterfaceLimit = 15;  // IFNAMSIZ without its NUL

void ReadCountry(TableReader& reader, Region& region) {
  const Node* node = reader.Take("country", NodeKind::kString);
  if (node == nullptr) return;
  const bool is_code =
      node->text.size() == 2 && std::all_of(node->text.begin(), node->text.end(),
                                            [](char c) { return c >= 'A' && c <= 'Z'; });
  if (is_code) {
    region.country = node->text;
  } else {
    reader.errors().Add(node->position,
                        fmt::format("{} is no country code such as \"JP\"", Assignment(*node)));
  }
}

void ReadPlace(TableReader& reader, Region& region) {
  region.latitude = reader.Number("latitude", -90, 90);
  region.longitude = reader.Number("longitude", -180, 180);
  const Node* latitude = reader.table().Find("latitude");
  const Node* longitude = reader.table().Find("longitude");
  if ((latitude == nullptr) == (longitude == nullptr)) return;
  const Node* only = latitude != nullptr ? latitude : longitude;
  reader.errors().Add(
      only->key_position,
      fmt::format("{} without {}", only->key, latitude != nullptr ? "longitude" : "latitude"));
}

void ReadSource(TableReader& reader, Region& region) {
  bool has_ipv4 = false;
  bool has_ipv6 = false;
  for (const Node* node : reader.StringOrStrings("source")) {
    const auto address = io::Address::Parse(node->text, 0);
    if (!address || node->text.starts_with('[')) {
      reader.errors().Add(node->position,
                          fmt::format("source: {} is no numeric address", Quoted(node->text)));
      continue;
    }
    bool& has_one = address->family() == Family::kIpv6 ? has_ipv6 : has_ipv4;
    if (has_one) {
      reader.errors().Add(node->position, fmt::format("source: {} is a second {} address",
                                                      Quoted(node->text), Name(address->family())));
    }
    has_one = true;
    region.source.push_back(address->Text());
  }
}

void ReadInterface(TableReader& reader, Region& region) {
  const auto name = reader.Line("interface");
  if (!name) return;
  const bool is_name =
      name->size() <= kInterfaceLimit && name->find_first_of("/ ") == std::string::npos;
  if (is_name) {
    region.interface = *name;
  } else {
    const Node* node = reader.table().Find("interface");
    reader.errors().Add(node->position,
                        fmt::format("{} is no name of a network interface", Assignment(*node)));
  }
}

void ReadResolver(TableReader& reader, Region& region) {
  for (const Node* node : reader.StringOrStrings("resolver")) {
    if (IsServerAddress(node->text)) {
      region.resolver.push_back(node->text);
    } else {
      reader.errors().Add(node->position,
                          fmt::format("resolver: {} is no ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT",
                                      Quoted(node->text)));
    }
  }
  const Node* node = reader.table().Find("resolver");
  if (node != nullptr && node->kind == NodeKind::kArray && node->children.empty()) {
    reader.errors().Add(node->position, "resolver is empty: leave it away to mean the machine's");
  }
}

/// Kinds of check that a reference may be: cheap, and telling of the whole way out.
constexpr std::array<std::string_view, 2> kReferenceKinds = {"http", "dns"};

void ReadReference(TableReader& reader, Region& region) {
  for (const Node* node : reader.Strings("reference")) {
    auto target = ParseTarget(node->text);
    std::string why;
    if (!target) {
      why = std::move(target.error());
    } else if (std::find(kReferenceKinds.begin(), kReferenceKinds.end(), target->kind->name) ==
               kReferenceKinds.end()) {
      why =
          fmt::format("{} is of kind {}; known: http, dns", Quoted(node->text), target->kind->name);
    } else if (target->has_credentials) {
      why = fmt::format("{} has credentials", Quoted(target->shown));
    }
    if (why.empty()) {
      region.reference.emplace_back(target->url.Reveal());
    } else {
      reader.errors().Add(node->position, "reference: " + why);
    }
  }
}

}  // namespace

Region ReadRegion(const Node& table, ErrorList& errors) {
  Region region;
  region.name = table.key;
  TableReader reader(table, errors);
  if (auto title = reader.Line("title")) region.title = *title;
  ReadCountry(reader, region);
  ReadPlace(reader, region);
  if (auto provider = reader.Line("provider")) region.provider = *provider;
  if (auto asn = reader.Integer("asn", 1, std::numeric_limits<std::uint32_t>::max())) {
    region.asn = static_cast<unsigned>(*asn);
  }
  ReadSource(reader, region);
  ReadInterface(reader, region);
  ReadResolver(reader, region);
  ReadReference(reader, region);
  reader.Done();
  return region;
}

bool IsServerAddress(std::string_view text) {
  if (io::Address::Parse(text, 0)) return true;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const auto address = io::Address::Parse(host, 0);
  if (!address || (address->family() == Family::kIpv6) != host.starts_with('[')) return false;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc() && end == digits.data() + digits.size() && port != 0;
}

}  // namespace gaikei
