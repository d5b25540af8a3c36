#pragma once

#include <string>
#include <string_view>

#include "fuzz/mutate/draw.h"

// Mutations of YAML, JSON and tables of keys, which know lines, blocks of deeper lines, brackets,
// values behind a colon, and words.
namespace karpspec::fuzz {

void change_text(std::string& text, Draw& draw);
// Puts lines of OTHER into TEXT, or one of its words or values.
void cross_texts(std::string& text, std::string_view other, Draw& draw);

}  // namespace karpspec::fuzz
