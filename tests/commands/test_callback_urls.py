"""Callback URLs: each is a way to redirect a token, so only what every reader understands alike is taken (RFC 9700, RFC 8252)."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from commands.edit_app import EditApp
from domain.limits import APP_CALLBACK_URLS_MAX, CALLBACK_URL_CHARACTERS_MAX
from tests.examples import APP

TAKEN = [
    "https://a.example",
    "https://a.example/",
    "https://a.example/back",
    "https://a.example/back?app=1&b=2",
    "https://a.example?app=1",
    "https://a.example:8443/back",
    "https://a.example:1/",
    "https://a.example:65535/",
    "https://A.Example/Back",
    "https://sub.domain.a.example/",
    "https://my_host.example/",
    "https://xn--bcher-kva.example/",
    "https://localhost/",
    "https://a.example/%7Euser/b%20c",
    "https://a.example/a(b)'c!$&+,;=:@~._-",
    "https://a.example//double",
    "https://a.example/..;/up",
    "https://192.0.2.7/back",
    "https://[2001:db8::7]/back",
    "https://[2001:DB8::7]:8443/back",
    "https://10.example/",
    "https://a.example/?",
    "http://127.0.0.1/",
    "http://127.0.0.1:51004/back",
    "http://127.8.9.10/",
    "http://[::1]/",
    "http://[::1]:51004/back",
    "http://[0:0:0:0:0:0:0:1]/",
    "https://a.example/" + "a" * (CALLBACK_URL_CHARACTERS_MAX - 18),
]
REFUSED = {
    "empty": "",
    "no scheme": "a.example/back",
    "relative": "/back",
    "no scheme but a host": "//a.example/back",
    "no host": "https:///back",
    "no slashes": "https:a.example/back",
    "one slash": "https:/a.example/back",
    "only a scheme": "https://",
    "only a query": "https://?a=b",
    "only a port": "https://:8443/",
    "only dots": "https://.../",
    "upper-case scheme": "HTTPS://a.example/",
    "mixed scheme": "Https://a.example/",
    "javascript": "javascript:alert(1)",
    "javascript in https clothes": "javascript://a.example/%0aalert(1)",
    "data": "data:text/html,x",
    "file": "file:///etc/passwd",
    "ftp": "ftp://a.example/",
    "a custom scheme": "com.example.app://back",
    "a custom scheme of one slash": "com.example.app:/back",
    "http": "http://a.example/",
    "http on localhost": "http://localhost/",
    "http on localhost with a port": "http://localhost:8080/",
    "http on a name that begins like loopback": "http://127.0.0.1.a.example/",
    "http on a private address": "http://10.0.0.1/",
    "http on any address": "http://0.0.0.0/",
    "http on any IPv6 address": "http://[::]/",
    "http on loopback mapped into IPv6": "http://[::ffff:127.0.0.1]/",
    "http on short loopback": "http://127.1/",
    "http on loopback as a number": "http://2130706433/",
    "http on loopback in hexadecimals": "http://0x7f000001/",
    "http on loopback in octals": "http://0177.0.0.1/",
    "http on loopback with a zone": "http://[::1%25lo]/",
    "http on loopback percent-encoded": "http://%31%32%37.0.0.1/",
    "user": "https://user@a.example/",
    "user and password": "https://user:password@a.example/",
    "empty user": "https://@a.example/",
    "a host as user": "https://a.example@b.example/",
    "loopback as user": "http://127.0.0.1@b.example/",
    "loopback and port as user": "http://127.0.0.1:80@b.example/",
    "fragment": "https://a.example/#back",
    "empty fragment": "https://a.example/#",
    "fragment in place of a path": "https://a.example#@b.example/",
    "fragment after a query": "https://a.example/?a=b#c",
    "wildcard host": "https://*.a.example/",
    "wildcard path": "https://a.example/*",
    "wildcard query": "https://a.example/?a=*",
    "only a wildcard": "*",
    "port 0": "https://a.example:0/",
    "port too large": "https://a.example:65536/",
    "port much too large": "https://a.example:99999999999999999999/",
    "empty port": "https://a.example:/",
    "port of letters": "https://a.example:http/",
    "port with a sign": "https://a.example:+443/",
    "negative port": "https://a.example:-1/",
    "port of other digits": "https://a.example:\u0664\u0664\u0663/",
    "two ports": "https://a.example:80:80/",
    "backslash for slash": "https:\\\\a.example\\back",
    "backslash in host": "https://a.example\\@b.example/",
    "backslash in path": "https://a.example/\\b.example",
    "tab": "https://a.exa\tmple/",
    "tab in scheme": "ht\ttps://a.example/",
    "newline at the end": "https://a.example/\n",
    "newline inside": "https://a.example/\nb",
    "carriage return": "https://a.example/\r\nSet-Cookie:a",
    "U+0000": "https://a.example/\x00",
    "delete": "https://a.example/\x7f",
    "space inside": "https://a.example/a b",
    "space before": " https://a.example/",
    "space after": "https://a.example/ ",
    "no-break space": "https://a.example/\u00a0",
    "IDN in letters": "https://b\u00fccher.example/",
    "full-width host": "https://\uff41.example/",
    "ideographic full stop": "https://a\u3002example/",
    "a path in letters": "https://a.example/\u00fc",
    "percent-encoded host": "https://%61.example/",
    "percent-encoded at sign in host": "https://a.example%40b.example/",
    "percent-encoded slash in host": "https://a.example%2fb.example/",
    "unfinished percent": "https://a.example/%",
    "half a percent": "https://a.example/%4",
    "percent of no number": "https://a.example/%zz",
    "trailing dot": "https://a.example./",
    "leading dot": "https://.a.example/",
    "two dots": "https://a..example/",
    "an address out of range": "https://256.1.1.1/",
    "an address with five parts": "https://1.2.3.4.5/",
    "an address in hexadecimals": "https://a.0x7f/",
    "an IPv6 address without brackets": "https://2001:db8::7/",
    "an IPv6 address unclosed": "https://[2001:db8::7/",
    "an IPv6 address that is none": "https://[2001:db8::7::8]/",
    "brackets around a name": "https://[a.example]/",
    "a future address": "https://[v1.a]/",
    "after the brackets": "https://[::1]a.example/",
    "angle brackets": "https://a.example/<script>",
    "quote": 'https://a.example/"',
    "caret": "https://a.example/^",
    "pipe": "https://a.example/|",
    "braces": "https://a.example/{id}",
    "back quote": "https://a.example/`",
    "brackets in a path": "https://a.example/[a]",
    "too long": "https://a.example/" + "a" * (CALLBACK_URL_CHARACTERS_MAX - 17),
}


def edit(*urls: str) -> EditApp:
    return EditApp.model_validate_json(json.dumps({"app_id": str(APP), "callback_urls": urls}))


@pytest.mark.parametrize("url", TAKEN)
def test_a_url_of_https_or_of_http_on_a_loopback_ip_is_taken_as_it_is(url: str) -> None:
    assert edit(url).callback_urls == (url,)


@pytest.mark.parametrize("what", REFUSED)
def test_anything_else_is_refused(what: str) -> None:
    with pytest.raises(ValidationError):
        edit(REFUSED[what])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://a.example/", "loopback IP"),
        ("https://u@a.example/", "user info"),
        ("https://a.example/#", "fragment"),
        ("https://*.a.example/", "wildcard"),
        ("https://a.example:0/", "port"),
        ("https://b\u00fccher.example/", "punycode"),
    ],
)
def test_a_refusal_says_why(url: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        edit(url)


def test_an_app_has_at_most_10_callback_urls_each_once() -> None:
    urls = [f"https://a.example/{n}" for n in range(APP_CALLBACK_URLS_MAX + 1)]
    assert APP_CALLBACK_URLS_MAX == 10
    assert len(edit(*urls[:9]).callback_urls or ()) == 9
    assert len(edit(*urls[:10]).callback_urls or ()) == 10
    with pytest.raises(ValidationError):
        edit(*urls)
    with pytest.raises(ValidationError, match="twice"):
        edit(urls[0], urls[0])


@given(st.text(alphabet="https:/127.0a[]:@#%*\\?\t\u00e9", max_size=30) | st.from_regex(r"\Ahttps?://[\x00-\x7f]{0,20}\Z"))
@example("http://127.0.0.1")
def test_whatever_is_taken_is_printable_ascii_and_goes_where_it_says(text: str) -> None:
    try:
        edit(text)
    except ValidationError:
        return
    assert text.isascii()
    assert text.isprintable()
    assert not set(text) & set('#*\\ <>"')
    authority = text.split("//", 1)[1].split("/", maxsplit=1)[0].split("?", maxsplit=1)[0]
    assert "@" not in authority
    assert text.startswith("https://") or authority.startswith(("127.", "[::1]", "[0"))
