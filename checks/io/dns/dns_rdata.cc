#include "checks/io/dns/dns_rdata.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ldns/ldns.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "checks/io/dns/dns_wire.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr const char* kTooShort = "the data of a record is too short for its type";
constexpr const char* kTooLong = "the data of a record is too long for its type";

// The fields of the types that are asked for most, or that may have compressed names (RFC 3597, 4):
// n a name, 2 and 4 numbers of so many bytes, a and 6 addresses, s one text or more. Reading them
// here is strict about names, and several times as fast as ldns, which prints letter by letter.
const char* FieldsOf(std::uint16_t type, std::uint16_t klass) {
  switch (type) {
    case LDNS_RR_TYPE_A:
      return klass == kDnsClassIn ? "a" : nullptr;
    case LDNS_RR_TYPE_AAAA:
      return klass == kDnsClassIn ? "6" : nullptr;
    case LDNS_RR_TYPE_NS:
    case LDNS_RR_TYPE_MD:
    case LDNS_RR_TYPE_MF:
    case LDNS_RR_TYPE_CNAME:
    case LDNS_RR_TYPE_MB:
    case LDNS_RR_TYPE_MG:
    case LDNS_RR_TYPE_MR:
    case LDNS_RR_TYPE_PTR:
    case LDNS_RR_TYPE_DNAME:
      return "n";
    case LDNS_RR_TYPE_SOA:
      return "nn44444";
    case LDNS_RR_TYPE_MINFO:
    case LDNS_RR_TYPE_RP:
      return "nn";
    case LDNS_RR_TYPE_MX:
    case LDNS_RR_TYPE_AFSDB:
    case LDNS_RR_TYPE_RT:
    case LDNS_RR_TYPE_KX:
      return "2n";
    case LDNS_RR_TYPE_PX:
      return "2nn";
    case LDNS_RR_TYPE_SRV:
      return "222n";
    case LDNS_RR_TYPE_NAPTR:
      return "22***n";
    case LDNS_RR_TYPE_TXT:
    case LDNS_RR_TYPE_SPF:
      return "s";
    default:
      return nullptr;
  }
}

// A character-string (RFC 1035, 3.3) in quotes.
void AppendString(DnsCursor& data, std::string& text) {
  const auto length = data.Bytes(1);
  if (length.empty()) return;
  text += '"';
  for (const std::uint8_t c : data.Bytes(length[0])) {
    if (c == '"' || c == '\\') text += '\\';
    if (c >= 0x20 && c < 0x7F) {
      text += static_cast<char>(c);
    } else {
      fmt::format_to(std::back_inserter(text), "\\{:03}", c);
    }
  }
  text += '"';
}

void AppendAddress(DnsCursor& data, int family, std::size_t size, std::string& text) {
  const auto bytes = data.Bytes(size);
  char shown[INET6_ADDRSTRLEN] = "";
  if (!bytes.empty() && inet_ntop(family, bytes.data(), shown, sizeof shown) != nullptr) {
    text += shown;
  }
}

void AppendField(DnsCursor& data, char field, std::string& text) {
  switch (field) {
    case 'n':
      return data.Name(text);
    case '2':
      text += std::to_string(data.U16());
      break;
    case '4':
      text += std::to_string(data.U32());
      break;
    case 'a':
      return AppendAddress(data, AF_INET, 4, text);
    case '6':
      return AppendAddress(data, AF_INET6, 16, text);
    default:
      return AppendString(data, text);
  }
}

// `end`: of the record's data. A name may be read past it, into the next record: that is too short.
void AppendFields(DnsCursor& data, std::size_t end, std::string_view fields, std::string& text) {
  const std::size_t begin = text.size();
  for (const char field : fields) {
    do {
      if (data.at() >= end) return data.Fail(kTooShort);
      if (text.size() != begin) text += ' ';
      AppendField(data, field, text);
      if (!data.is_good()) return;
      if (data.at() > end) return data.Fail(kTooShort);
    } while (field == 's' && data.at() < end);
  }
  if (data.at() != end) data.Fail(kTooLong);
}

// RFC 3597, 5.
void AppendUnknown(std::span<const std::uint8_t> bytes, std::string& text) {
  fmt::format_to(std::back_inserter(text), "\\# {}", bytes.size());
  if (bytes.empty()) return;
  text += ' ';
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), kDnsDataLimit))) {
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  }
}

struct FreeRecord {
  void operator()(ldns_rr* record) const { ldns_rr_free(record); }
};
struct FreeBuffer {
  void operator()(ldns_buffer* buffer) const { ldns_buffer_free(buffer); }
};

// Where the one name of a type begins that ldns reads: it follows pointers wherever they lead, so
// the name is walked before. -1: there is none.
int NameOffset(std::uint16_t type) {
  switch (type) {
    case LDNS_RR_TYPE_SIG:
    case LDNS_RR_TYPE_RRSIG:
      return 18;  // RFC 4034, 3.1
    case LDNS_RR_TYPE_NXT:
    case LDNS_RR_TYPE_NSEC:
      return 0;
    case LDNS_RR_TYPE_SVCB:
    case LDNS_RR_TYPE_HTTPS:
      return 2;  // RFC 9460, 2.2
    default:
      return -1;
  }
}

bool IsLeftToLdns(std::uint16_t type) {
  switch (type) {
    case LDNS_RR_TYPE_A:  // of a class that has other ones
    case LDNS_RR_TYPE_AAAA:
    case LDNS_RR_TYPE_WKS:  // ldns reads /etc/protocols for it, on the loop's thread
      return false;
    default:
      return ldns_rr_descriptor_field_type(ldns_rr_descript(type), 0) != LDNS_RDF_TYPE_UNKNOWN;
  }
}

// False when ldns cannot print it, though it could be read.
bool PrintFields(const ldns_rr* record, std::string& text) {
  thread_local const std::unique_ptr<ldns_buffer, FreeBuffer> buffer(ldns_buffer_new(1024));
  ldns_buffer_clear(buffer.get());
  for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
    if (i != 0) ldns_buffer_write_u8(buffer.get(), ' ');
    if (ldns_rdf2buffer_str(buffer.get(), ldns_rr_rdf(record, i)) != LDNS_STATUS_OK) return false;
    // Some fields end in a blank.
    while (ldns_buffer_position(buffer.get()) > 0 &&
           *ldns_buffer_at(buffer.get(), ldns_buffer_position(buffer.get()) - 1) == ' ') {
      ldns_buffer_skip(buffer.get(), -1);
    }
  }
  const char* begin = reinterpret_cast<const char*>(ldns_buffer_begin(buffer.get()));
  text += Escape({begin, ldns_buffer_position(buffer.get())}, kDnsDataLimit);
  return true;
}

// ldns takes data that ends after any field, and data that goes on behind the last one.
void AppendByLdns(DnsCursor& data, std::size_t end, std::uint16_t type, std::string& text) {
  const std::size_t begin = data.at();
  if (const int offset = NameOffset(type); offset >= 0) {
    DnsCursor name(data.message(), begin + static_cast<std::size_t>(offset));
    if (name.at() >= end) return data.Fail(kTooShort);
    name.SkipName();
    if (!name.is_good()) return data.Fail(name.problem());
    if (name.at() > end) return data.Fail(kTooShort);
  }
  const std::unique_ptr<ldns_rr, FreeRecord> record(ldns_rr_new());
  ldns_rr_set_type(record.get(), static_cast<ldns_rr_type>(type));
  std::size_t at = begin - 2;  // the length
  if (ldns_wire2rdf(record.get(), data.message().data(), end, &at) != LDNS_STATUS_OK || at > end ||
      ldns_rr_rd_count(record.get()) < ldns_rr_descriptor_minimum(ldns_rr_descript(type))) {
    return data.Fail(kTooShort);
  }
  if (at < end) return data.Fail(kTooLong);
  data.Bytes(end - begin);
  if (!PrintFields(record.get(), text)) {
    AppendUnknown(data.message().subspan(begin, end - begin), text);
  }
}

}  // namespace

void AppendDnsData(DnsCursor& data, std::size_t size, std::uint16_t type, std::uint16_t klass,
                   std::string& text) {
  const std::size_t begin = text.size();
  const std::size_t end = data.at() + size;
  if (const char* fields = FieldsOf(type, klass); fields != nullptr) {
    AppendFields(data, end, fields, text);
  } else if (IsLeftToLdns(type)) {
    AppendByLdns(data, end, type, text);
  } else {
    AppendUnknown(data.Bytes(size), text);
  }
  if (text.size() - begin > kDnsDataLimit) {
    text.replace(begin, std::string::npos, Escape(text.substr(begin), kDnsDataLimit));
  }
}

}  // namespace gaikei::io
