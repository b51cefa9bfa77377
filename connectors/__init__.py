"""All that a connector's author imports.

``model`` is the canonical form, ``protocol`` what a connector must do, ``errors`` how it says that it
could not, ``registry`` how it is found, ``conformance`` the test suite it must pass, and ``memory`` the
reference connector: read that one first.
"""
