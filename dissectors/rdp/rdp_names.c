/*
 * rdp_names.c - names of values in the settings of RDP's two ends: keyboard layouts (the language identifiers of
 * MS-LCID, and the layouts of Windows that have a number of their own), builds of the client, depths, encryption.
 */
#include "dissectors/rdp/rdp.h"

static const struct tl_name layouts[] = {
    { 0x0401, "Arabic - Saudi Arabia" }, { 0x0402, "Bulgarian" }, { 0x0403, "Catalan" }, { 0x0404, "Chinese - Taiwan" },
    { 0x0405, "Czech" }, { 0x0406, "Danish" }, { 0x0407, "German - Germany" }, { 0x0408, "Greek" },
    { 0x0409, "English - United States" }, { 0x040a, "Spanish - Spain (Traditional Sort)" }, { 0x040b, "Finnish" },
    { 0x040c, "French - France" }, { 0x040d, "Hebrew" }, { 0x040e, "Hungarian" }, { 0x040f, "Icelandic" },
    { 0x0410, "Italian - Italy" }, { 0x0411, "Japanese" }, { 0x0412, "Korean" }, { 0x0413, "Dutch - Netherlands" },
    { 0x0414, "Norwegian (Bokmal)" }, { 0x0415, "Polish" }, { 0x0416, "Portuguese - Brazil" },
    { 0x0417, "Rhaeto-Romanic" }, { 0x0418, "Romanian" }, { 0x0419, "Russian" }, { 0x041a, "Croatian" },
    { 0x041b, "Slovak" }, { 0x041c, "Albanian - Albania" }, { 0x041d, "Swedish" }, { 0x041e, "Thai" },
    { 0x041f, "Turkish" }, { 0x0420, "Urdu" }, { 0x0421, "Indonesian" }, { 0x0422, "Ukrainian" },
    { 0x0423, "Belarusian" }, { 0x0424, "Slovenian" }, { 0x0425, "Estonian" }, { 0x0426, "Latvian" },
    { 0x0427, "Lithuanian" }, { 0x0428, "Tajik" }, { 0x0429, "Farsi" }, { 0x042a, "Vietnamese" },
    { 0x042b, "Armenian - Armenia" }, { 0x042c, "Azeri (Latin)" }, { 0x042d, "Basque" }, { 0x042e, "Sorbian" },
    { 0x0432, "Tswana" }, { 0x0434, "Xhosa" }, { 0x0435, "Zulu" }, { 0x0436, "Afrikaans - South Africa" },
    { 0x0437, "Georgian" }, { 0x0438, "Faroese" }, { 0x0439, "Hindi" }, { 0x043a, "Maltese" },
    { 0x043b, "Sami (Lappish)" }, { 0x043c, "Scottish Gaelic" }, { 0x043d, "Yiddish" }, { 0x043e, "Malay - Malaysia" },
    { 0x043f, "Kazakh" }, { 0x0440, "Kyrgyz (Cyrillic)" }, { 0x0441, "Swahili" }, { 0x0442, "Turkmen" },
    { 0x0443, "Uzbek (Latin)" }, { 0x0444, "Tatar" }, { 0x0445, "Bengali (India)" }, { 0x0446, "Punjabi" },
    { 0x0447, "Gujarati" }, { 0x0448, "Oriya" }, { 0x0449, "Tamil" }, { 0x044a, "Telugu" }, { 0x044b, "Kannada" },
    { 0x044c, "Malayalam" }, { 0x044d, "Assamese" }, { 0x044e, "Marathi" }, { 0x044f, "Sanskrit" },
    { 0x0450, "Mongolian (Cyrillic)" }, { 0x0452, "Welsh" }, { 0x0453, "Khmer" }, { 0x0454, "Lao" },
    { 0x0455, "Burmese" }, { 0x0456, "Galician" }, { 0x045a, "Syriac" }, { 0x0461, "Nepali" }, { 0x0462, "Frisian" },
    { 0x0463, "Pashto" }, { 0x0464, "Filipino" }, { 0x046e, "Luxembourgish" }, { 0x0481, "Maori - New Zealand" },
    { 0x0801, "Arabic - Iraq" }, { 0x0804, "Chinese - People's Republic of China" }, { 0x0807, "German - Switzerland" },
    { 0x0809, "English - United Kingdom" }, { 0x080a, "Spanish - Mexico" }, { 0x080c, "French - Belgium" },
    { 0x0810, "Italian - Switzerland" }, { 0x0813, "Dutch - Belgium" }, { 0x0814, "Norwegian (Nynorsk)" },
    { 0x0816, "Portuguese - Portugal" }, { 0x081a, "Serbian (Latin)" }, { 0x081d, "Swedish - Finland" },
    { 0x083c, "Irish" }, { 0x0c01, "Arabic - Egypt" }, { 0x0c04, "Chinese - Hong Kong SAR" },
    { 0x0c07, "German - Austria" }, { 0x0c09, "English - Australia" }, { 0x0c0a, "Spanish - Spain (Modern Sort)" },
    { 0x0c0c, "French - Canada" }, { 0x0c1a, "Serbian (Cyrillic)" }, { 0x1004, "Chinese - Singapore" },
    { 0x1007, "German - Luxembourg" }, { 0x1009, "English - Canada" }, { 0x100c, "French - Switzerland" },
    { 0x101a, "Croatian (Bosnia/Herzegovina)" }, { 0x1404, "Chinese - Macao SAR" },
    { 0x1407, "German - Liechtenstein" },
    { 0x1409, "English - New Zealand" }, { 0x140c, "French - Luxembourg" }, { 0x1809, "English - Ireland" },
    { 0x1c09, "English - South Africa" }, { 0x2c0a, "Spanish - Argentina" }, { 0x340a, "Spanish - Chile" },
    { 0x4009, "English - India" }, { 0x540a, "Spanish - United States" }, { 0x10405, "Czech (QWERTY)" },
    { 0x10407, "German (IBM)" }, { 0x10409, "English - United States (Dvorak)" }, { 0x1040e, "Hungarian 101-key" },
    { 0x10410, "Italian (142)" }, { 0x10415, "Polish (214)" }, { 0x10416, "Portuguese (Brazilian ABNT2)" },
    { 0x10418, "Romanian (Standard)" }, { 0x10419, "Russian (Typewriter)" }, { 0x1041b, "Slovak (QWERTY)" },
    { 0x1041f, "Turkish F" }, { 0x1080c, "Belgian (Comma)" }, { 0x11009, "Canadian Multilingual Standard" },
    { 0x20405, "Czech Programmers" }, { 0x20409, "English - United States (International)" },
    { 0x20418, "Romanian (Programmers)" }, { 0x20422, "Ukrainian (Enhanced)" },
    { 0x30409, "English - United States (Dvorak for left hand)" },
    { 0x40409, "English - United States (Dvorak for right hand)" }, { 0, NULL },
};

static const struct tl_name builds[] = {
    { 419, "RDP 4.0" }, { 2195, "RDP 5.0" }, { 2221, "RDP 5.0" }, { 2600, "RDP 5.1" }, { 3790, "RDP 5.2" },
    { 6000, "RDP 6.0" }, { 6001, "RDP 6.1" }, { 6002, "RDP 6.2" }, { 7600, "RDP 7.0" }, { 7601, "RDP 7.1" },
    { 9200, "RDP 8.0" }, { 9600, "RDP 8.1" }, { 25189, "RDP 8.0 (Mac)" }, { 25282, "RDP 8.0 (Mac)" }, { 0, NULL },
};

static const struct tl_name depths[] = {
    { 4, "4bit" }, { 8, "8bit" }, { 15, "15bit" }, { 16, "16bit" }, { 24, "24bit" }, { 0, NULL },
};

const struct tl_name tl_rdp_methods[] = {
    { 0, "None" }, { 1, "40bit" }, { 2, "128bit" }, { 8, "56bit" }, { 16, "FIPS" }, { 0, NULL },
};

const struct tl_name tl_rdp_levels[] = {
    { 0, "None" }, { 1, "Low" }, { 2, "Client compatible" }, { 3, "High" }, { 4, "FIPS" }, { 0, NULL },
};

const struct tl_name tl_rdp_results[] = {
    { 0, "Success" }, { 1, "User rejected" }, { 2, "Resources not available" }, { 3, "Rejected for symmetry breaking" },
    { 4, "Locked conference" }, { 0, NULL },
};

const struct tl_name tl_rdp_cert_types[] = { { 1, "RSA" }, { 2, "X.509" }, { 0, NULL } };

const char *tl_rdp_layout(uint32_t layout)
{
    return tl_name_of(layouts, layout);
}

const char *tl_rdp_build(uint32_t build)
{
    return tl_name_of(builds, build);
}

const char *tl_rdp_depth(uint32_t depth)
{
    return tl_name_of(depths, depth);
}
