#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gaikei::io {

/// Unpredictable bytes. Ends the process where the machine has none to give: nothing that is secret
/// by them may go out without. Any thread.
std::string RandomBytes(std::size_t count);

/// FIPS 180-4, the 20 bytes themselves. For protocols that prescribe it, never to protect anything.
std::string Sha1(std::string_view bytes);

/// RFC 1321, the 16 bytes themselves, likewise only where a protocol prescribes it.
std::string Md5(std::string_view bytes);

/// FIPS 180-4, the 32 bytes themselves.
std::string Sha256(std::string_view bytes);

/// RFC 2104 with SHA-256, the 32 bytes themselves.
std::string HmacSha256(std::string_view key, std::string_view bytes);

/// Two lower-case digits a byte.
std::string EncodeHex(std::string_view bytes);

/// RFC 4648, 4, with padding and without line ends.
std::string EncodeBase64(std::string_view bytes);

}  // namespace gaikei::io
