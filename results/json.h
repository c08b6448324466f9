#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace gaikei {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  ///< members stay in the order they were put in

/// JSON read and written, for every room. They stand in one place because they are most of what
/// compiling a file with JSON would take.

/// Discarded (Json::is_discarded()) where the text is no JSON. `look` may leave out what is not
/// wanted, or is too deep.
Json ParseJson(std::string_view text, const Json::parser_callback_t& look = nullptr);
OrderedJson ParseOrderedJson(std::string_view text,
                             const OrderedJson::parser_callback_t& look = nullptr);

/// In one line; bytes that are not UTF-8 are replaced.
std::string JsonText(const Json& json);
std::string JsonText(const OrderedJson& json);

}  // namespace gaikei
