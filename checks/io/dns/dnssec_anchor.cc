#include "checks/io/dns/dnssec_anchor.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "checks/io/dns/ldns.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

/// IANA's, of 2017 and of 2024.
constexpr std::string_view kRootKeys =
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n";

/// More is no file of anchors.
constexpr std::size_t kMaxAnchors = 64;

using File = std::unique_ptr<FILE, int (*)(FILE*)>;
using Record = std::unique_ptr<ldns_rr, void (*)(ldns_rr*)>;

/// Adds one record; what is wrong with it, or empty.
std::string Add(const ldns_rr* record, std::optional<dnssec::Name>* zone,
                std::vector<dnssec::Ds>* keys) {
  const auto owner = dnssec::Name::From(ldns_rr_owner(record));
  if (!owner) return "a record has no name";
  auto ds = dnssec::ReadDs(record);
  if (!ds) ds = dnssec::DsOf(*owner, record);
  if (!ds)
    return fmt::format("{} is no DS or DNSKEY record",
                       dnssec::TypeText(static_cast<std::uint16_t>(ldns_rr_get_type(record))));
  if (*zone && **zone != *owner) {
    return fmt::format("keys of more than one zone: {} and {}", (*zone)->Text(), owner->Text());
  }
  if (keys->size() == kMaxAnchors) return fmt::format("more than {} keys", kMaxAnchors);
  *zone = owner;
  keys->push_back(*std::move(ds));
  return {};
}

/// What is wrong, or empty.
std::string ReadAll(FILE* file, std::optional<dnssec::Name>* zone, std::vector<dnssec::Ds>* keys) {
  std::uint32_t ttl = 3600;
  int line = 0;
  while (std::feof(file) == 0 && std::ferror(file) == 0) {
    ldns_rr* read = nullptr;
    const ldns_status status = ldns_rr_new_frm_fp_l(&read, file, &ttl, nullptr, nullptr, &line);
    const Record record(read, ldns_rr_free);
    if (status == LDNS_STATUS_SYNTAX_EMPTY || status == LDNS_STATUS_SYNTAX_TTL ||
        status == LDNS_STATUS_SYNTAX_ORIGIN) {
      continue;
    }
    if (status != LDNS_STATUS_OK) {
      return fmt::format("line {}: {}", line, ldns_get_errorstr_by_id(status));
    }
    if (std::string problem = Add(read, zone, keys); !problem.empty()) {
      return fmt::format("line {}: {}", line, problem);
    }
  }
  if (std::ferror(file) != 0) return "it cannot be read";  // a directory
  return keys->empty() ? "there is no key" : "";
}

}  // namespace

TrustAnchor::TrustAnchor() : impl_(std::make_unique<Impl>()) {}
TrustAnchor::~TrustAnchor() = default;

const std::string& TrustAnchor::zone() const { return impl_->zone_text; }

tl::expected<std::shared_ptr<const TrustAnchor>, std::string> TrustAnchor::Load(
    const std::string& path) {
  const auto failed = [&](const std::string& why) {
    return tl::unexpected(fmt::format("trust anchor {}: {}", Escape(path), why));
  };
  std::string built_in(kRootKeys);
  const File file(path.empty() ? fmemopen(built_in.data(), built_in.size(), "r")
                               : std::fopen(path.c_str(), "re"),
                  std::fclose);
  if (file == nullptr) return failed(std::generic_category().message(errno));
  std::optional<dnssec::Name> zone;
  std::shared_ptr<TrustAnchor> anchor(new TrustAnchor);
  if (const std::string problem = ReadAll(file.get(), &zone, &anchor->impl_->keys);
      !problem.empty()) {
    return failed(problem);
  }
  anchor->impl_->zone = *zone;
  anchor->impl_->zone_text = zone->Text();
  return anchor;
}

}  // namespace gaikei::io
