#pragma once

#include <string>
#include <string_view>

namespace gaikei {

/// Texts of HTTP as it is written everywhere: names, values, URLs, forms. Pure, ASCII, no locale.

/// Whether a byte may stand in a token, what names of fields and methods are made of (RFC 9110,
/// 5.6.2).
bool IsTokenByte(char c);
/// A token of at least one byte.
bool IsToken(std::string_view text);
/// CR, LF or NUL: in a field they would end it and begin another, and libcurl lets them through.
bool BreaksALine(std::string_view text);

/// Everything but letters, digits and - . _ ~ as %XX (RFC 3986, 2.3).
std::string PercentEncoded(std::string_view text);
/// application/x-www-form-urlencoded (WHATWG URL, 5.2): letters, digits and * - . _ as they are, a
/// blank as +, all else as %XX.
std::string FormEncoded(std::string_view text);

/// Undoes %XX; a % that begins none stands for itself.
std::string PercentDecoded(std::string_view text);
/// Undoes a form: a + is a blank, too.
std::string FormDecoded(std::string_view text);
/// Whether two hexadecimal digits follow every %.
bool IsPercentSound(std::string_view text);

}  // namespace gaikei
