#include "checks/io/dns/dnssec_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "results/ascii.h"

namespace gaikei::io::dnssec {
namespace {

constexpr std::size_t kMaxName = 255;  // RFC 1035, 2.3.4

std::size_t Length(const std::string& wire, std::size_t at) {
  return static_cast<unsigned char>(wire[at]);
}

/// Where the labels begin, without the root's.
std::vector<std::size_t> Starts(const std::string& wire) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; Length(wire, at) != 0; at += Length(wire, at) + 1) starts.push_back(at);
  return starts;
}

std::string_view Label(const std::string& wire, std::size_t at) {
  return std::string_view(wire).substr(at + 1, Length(wire, at));
}

/// Whether the bytes are one uncompressed name and nothing else.
bool IsName(const std::string& wire) {
  if (wire.size() > kMaxName) return false;
  std::size_t at = 0;
  while (at < wire.size() && Length(wire, at) != 0) {
    if (Length(wire, at) > 63) return false;
    at += Length(wire, at) + 1;
  }
  return at + 1 == wire.size();
}

}  // namespace

std::optional<Name> Name::Parse(const std::string& text) {
  if (text.find('\0') != std::string::npos) return std::nullopt;
  const std::unique_ptr<ldns_rdf, void (*)(ldns_rdf*)> field(ldns_dname_new_frm_str(text.c_str()),
                                                             ldns_rdf_deep_free);
  return From(field.get());
}

std::optional<Name> Name::From(const ldns_rdf* field) {
  if (field == nullptr || ldns_rdf_get_type(field) != LDNS_RDF_TYPE_DNAME) return std::nullopt;
  std::string wire(reinterpret_cast<const char*>(ldns_rdf_data(field)), ldns_rdf_size(field));
  if (!IsName(wire)) return std::nullopt;
  return Name(LowerCase(wire));  // lengths are below 'A'
}

std::string Name::Text() const {
  if (is_root()) return ".";
  std::string text;
  for (const std::size_t at : Starts(wire_)) {
    for (const char c : Label(wire_, at)) {
      if (c <= ' ' || c > '~') {
        text += fmt::format("\\{:03}", static_cast<unsigned char>(c));
      } else {
        if (std::string_view("\".;\\@$()").find(c) != std::string_view::npos) text += '\\';
        text += c;
      }
    }
    text += '.';
  }
  return text;
}

int Name::labels() const { return static_cast<int>(Starts(wire_).size()); }

bool Name::IsWithin(const Name& ancestor) const {
  const int count = ancestor.labels();
  return labels() >= count && Last(count) == ancestor;
}

Name Name::Last(int count) const {
  const auto starts = Starts(wire_);
  const auto all = static_cast<int>(starts.size());
  if (count >= all) return *this;
  if (count <= 0) return Name();
  return Name(wire_.substr(starts[static_cast<std::size_t>(all - count)]));
}

std::optional<Name> Name::Wildcard() const {
  std::string wire("\1*", 2);
  wire += wire_;
  if (wire.size() > kMaxName) return std::nullopt;
  return Name(std::move(wire));
}

std::optional<Name> Name::Substituted(const Name& owner, const Name& target) const {
  std::string wire = wire_.substr(0, wire_.size() - owner.wire_.size()) + target.wire_;
  if (wire.size() > kMaxName) return std::nullopt;
  return Name(std::move(wire));
}

std::string_view Name::FirstLabel() const { return Label(wire_, 0); }

std::strong_ordering Name::operator<=>(const Name& other) const {
  const auto mine = Starts(wire_);
  const auto others = Starts(other.wire_);
  for (std::size_t i = 1; i <= std::min(mine.size(), others.size()); ++i) {
    // string_view compares as unsigned bytes.
    const int order =
        Label(wire_, mine[mine.size() - i]).compare(Label(other.wire_, others[others.size() - i]));
    if (order != 0) return order <=> 0;
  }
  return mine.size() <=> others.size();
}

Name CommonAncestor(const Name& a, const Name& b) {
  int count = std::min(a.labels(), b.labels());
  while (a.Last(count) != b.Last(count)) --count;
  return a.Last(count);
}

}  // namespace gaikei::io::dnssec
