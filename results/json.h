#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace gaikei {

/// JSON read and written, for every room. They stand in one place because they are most of what
/// compiling a file with JSON would take.

/// Discarded (Json::is_discarded()) where the text is no JSON. `look` may leave out what is not
/// wanted, or is too deep.
nlohmann::json ParseJson(std::string_view text,
                         const nlohmann::json::parser_callback_t& look = nullptr);
nlohmann::ordered_json ParseOrderedJson(
    std::string_view text, const nlohmann::ordered_json::parser_callback_t& look = nullptr);

/// In one line; bytes that are not UTF-8 are replaced.
std::string JsonText(const nlohmann::json& json);
std::string JsonText(const nlohmann::ordered_json& json);

}  // namespace gaikei
