#pragma once

#include "tests/sim/io/malformed_case.h"

namespace plimsoll::test {

/// Texts that are no JSON.
inline constexpr MalformedCase kMalformedSyntax[] = {
    {"empty text",
     "",
     "",
     R"~(s.json:1:1: the text is empty; expected a JSON object
)~",
     2},
    {"only a comment",
     "",
     R"~(// nothing
)~",
     R"~(s.json:2:1: the text is empty; expected a JSON object
)~",
     2},
    {"a list",
     "",
     R"~([1, 2]
)~",
     R"~(s.json:1:1: expected an object, got a list
)~",
     2},
    {"trailing comma in an object",
     R"~("tenure": "on_demand"})~",
     R"~("tenure": "on_demand",})~",
     R"~(s.json:18:58: a comma before "}" is not allowed
)~",
     2},
    {"trailing comma in a list",
     R"~("routing": {"kind": "round_robin"})~",
     R"~("routing": [1, 2,])~",
     R"~(s.json:17:19: a comma before "]" is not allowed
)~",
     2},
    {"missing comma",
     R"~("name": "base",)~",
     R"~("name": "base")~",
     R"~(s.json:4:3: expected "," or "}"
)~",
     2},
    {"missing colon",
     R"~("name": "base")~",
     R"~("name" "base")~",
     R"~(s.json:3:10: expected ":" after "name"
)~",
     2},
    {"key without quotes",
     R"~("name": "base")~",
     R"~(name: "base")~",
     R"~(s.json:3:3: expected a key in double quotes
)~",
     2},
    {"single quotes",
     R"~("name": "base")~",
     R"~("name": 'base')~",
     R"~(s.json:3:11: "'base'" is neither a number, a string in double quotes, true, false nor null
)~",
     2},
    {"string without end",
     R"~("name": "base",)~",
     R"~("name": "base,)~",
     R"~(s.json:3:11: the string has no end
)~",
     2},
    {"unknown escape",
     R"~("name": "base")~",
     R"~("name": "ba\qse")~",
     R"~(s.json:3:14: unknown escape in a string
)~",
     2},
    {"short unicode escape",
     R"~("name": "base")~",
     R"~("name": "\u12")~",
     R"~(s.json:3:12: \u needs four hexadecimal digits
)~",
     2},
    {"comment without end",
     R"~("routing")~",
     R"~(/* "routing")~",
     R"~(s.json:20:1: the comment begun in line 17 has no end
)~",
     2},
    {"text after the end",
     R"~("tenure": "on_demand"}
})~",
     R"~("tenure": "on_demand"}
} x)~",
     R"~(s.json:19:3: text after the end of the value
)~",
     2},
    {"object without end",
     R"~("prices": {"book": "rental_2026", "tenure": "on_demand"}
}
)~",
     R"~("prices": {"book": "rental_2026")~",
     R"~(s.json:18:35: the file ends inside an object; expected "," or "}"
)~",
     2},
    {"duplicate key",
     R"~("name": "base",)~",
     R"~("name": "base", "name": "other",)~",
     R"~(s.json:3:19: name: the key "name" is given twice
)~",
     2},
    {"duplicate key deep",
     R"~("tokens": 512})~",
     R"~("tokens": 512, "tokens": 513})~",
     R"~(s.json:7:55: workload.classes.chat.prompt_tokens.tokens: the key "tokens" is given twice
)~",
     2},
    {"NaN",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": NaN)~",
     R"~(s.json:6:50: NaN is no number that a file may hold
)~",
     2},
    {"Infinity",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": -Infinity)~",
     R"~(s.json:6:50: -Infinity is no number that a file may hold
)~",
     2},
    {"number too large",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": 1e400)~",
     R"~(s.json:6:50: the number 1e400 is too large
)~",
     2},
    {"number with leading zero",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": 02)~",
     R"~(s.json:6:50: "02" is neither a number, a string in double quotes, true, false nor null
)~",
     2},
    {"number with plus",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": +2)~",
     R"~(s.json:6:50: "+2" is neither a number, a string in double quotes, true, false nor null
)~",
     2},
    {"hexadecimal",
     R"~("rate_per_s": 2)~",
     R"~("rate_per_s": 0x10)~",
     R"~(s.json:6:50: "0x10" is neither a number, a string in double quotes, true, false nor null
)~",
     2},
    {"True as in Python",
     R"~("horizon_s": 600)~",
     R"~("horizon_s": True)~",
     R"~(s.json:4:16: "True" is neither a number, a string in double quotes, true, false nor null
)~",
     2},
};

}  // namespace plimsoll::test
