#include "sim/io/media_tables.h"

#include "models/multimodal.h"

namespace plimsoll {
namespace {

Words<Medium> medium_words() {
    return {{Medium::text, "text"},
            {Medium::image, "image"},
            {Medium::audio, "audio"},
            {Medium::video, "video"}};
}

std::shared_ptr<const Table> token_rate_table() {
    TableOf<TokenRate> table("tokens of a medium");
    using T = TokenRate;
    table.field("per_second", &T::per_second, Dimension::token_rate, "of sound or video").above(0);
    table.field("per_item", &T::per_item, "tokens of an image, frame or message").above(0);
    table.field("per_tile", &T::per_tile, "more tokens for each tile").above(0);
    table.field("tile_px", &T::tile_px, "side of a tile, pixels").above(0);
    table.field("longest_px", &T::longest_px, "longest side after fitting, pixels").above(0);
    table.field("shortest_px", &T::shortest_px, "shortest side after fitting, pixels").above(0);
    table.field("token_px", &T::token_px, "side of the square behind a token, pixels").above(0);
    table.field("frames_per_token", &T::frames_per_token, "frames behind one token").above(0);
    table.field("per_word", &T::per_word, "tokens of a word").above(0);
    table.field("per_character", &T::per_character, "tokens of a character").above(0);
    return table.build();
}

std::shared_ptr<const Table> payload_table() {
    TableOf<Payload> table("weight of a medium");
    using P = Payload;
    table.field("rate", &P::rate, Dimension::bandwidth, "while it runs").in("kb_per_s").above(0);
    table.field("item", &P::item, Dimension::bytes, "an image, frame or text").in("kb").above(0);
    table.field("token", &P::token, Dimension::bytes, "one token").in("kb").above(0);
    return table.build();
}

}  // namespace

std::shared_ptr<const Table> encoder_table() {
    TableOf<Encoder> table("encoder");
    using E = Encoder;
    table.field("name", &E::name, "name for people").needed();
    table
        .word("role",
              &E::role,
              Words<EncoderRole>{{EncoderRole::encoder, "encoder"},
                                 {EncoderRole::codec, "codec"},
                                 {EncoderRole::talker, "talker"},
                                 {EncoderRole::vocoder, "vocoder"}},
              "its part beside the language model")
        .needed();
    table.word("medium", &E::medium, medium_words(), "what it reads or writes").needed();
    table.field("layers", &E::layers, "layers").above(0);
    table.field("hidden", &E::hidden, "width").above(0);
    table.field("heads", &E::heads, "attention heads").above(0);
    table.field("ffn_width", &E::ffn_width, "width of its feed-forward network").above(0);
    table.field("gated", &E::gated, "three matrices rather than two");
    table.field("parameters", &E::parameters, Dimension::parameters, "all of them").above(0);
    table.field("patch_px", &E::patch_px, "side of a patch, pixels").above(0);
    table.field("merge", &E::merge, "patches a side that become one token").above(0);
    table.field("frames_per_token", &E::frames_per_token, "frames behind one token").above(0);
    table.field("tokens_per_item", &E::tokens_per_item, "tokens of an image or frame").above(0);
    table.field("tokens_per_second", &E::tokens_per_second, Dimension::token_rate, "of sound")
        .above(0);
    table
        .field("positions_per_second",
               &E::positions_per_second,
               Dimension::token_rate,
               "what the encoder itself computes")
        .above(0);
    return table.build();
}

std::shared_ptr<const Table> modality_table() {
    TableOf<Modality> table("modality");
    table.field("name", &Modality::name, "name for people").needed();
    table.word("medium", &Modality::medium, medium_words(), "what it is a form of").needed();
    table.object("tokens", &Modality::tokens, token_rate_table(), "what it costs in tokens");
    table.object("payload", &Modality::payload, payload_table(), "what it weighs on a link");
    return table.build();
}

}  // namespace plimsoll
