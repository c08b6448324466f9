#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "checks/io/dns/dns_cursor.h"

namespace gaikei::io {

/// How much of one record's data is shown, in characters.
inline constexpr std::size_t kDnsDataLimit = 4096;

/// Appends the data of a record in presentation format: the commonest types by hand, the others by
/// ldns, unknown ones as RFC 3597 has them ("\# 2 abcd"). `data` stands at the first of `size`
/// bytes, which lie inside its message; it is left behind the last one, or failed: data that is
/// too short or too long for its type, a name that cannot be read. Escaped, bounded.
void AppendDnsData(DnsCursor& data, std::size_t size, std::uint16_t type, std::uint16_t klass,
                   std::string& text);

}  // namespace gaikei::io
