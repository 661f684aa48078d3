"""Invented titles (and excerpts, behind "||"), judged by the shipped vocabulary.

None is taken from any data: they say what dermatology with AI is, what is beside it, and what only
sounds like it, in the words of journals, agencies and newsrooms.
"""

from __future__ import annotations

import pytest

from dermai_feed.evaluation.rows import item_from_row
from dermai_feed.triage import Triage

ACCEPTED = """
Convolutional neural networks for the dermoscopic diagnosis of poroma
Deep learning detection of bullous pemphigoid on direct immunofluorescence images
A vision transformer for grading hidradenitis suppurativa from smartphone photographs
Large language models answer patients' questions about isotretinoin
ChatGPT-4 versus board-certified dermatologists on clinical vignettes of erythroderma
Automated counting of acne lesions with YOLOv8
Segment Anything for dermoscopic lesion segmentation
Foundation model for total body photography predicts melanoma risk
Machine learning predicts response to dupilumab in atopic dermatitis
Artificial intelligence in Mohs surgery: frozen section margin assessment
Federated learning for skin lesion classification across hospitals
AI-assisted diagnosis of scabies in low-resource settings
Neural network classifies nail melanonychia on onychoscopy
Explainable AI for basal cell carcinoma on reflectance confocal microscopy
Deep learning-based severity scoring of alopecia areata (SALT)
Detecting mycosis fungoides in whole slide images with multiple instance learning
An AI triage tool for urgent suspected skin cancer referrals: a prospective study
Fairness of AI dermatology models across Fitzpatrick skin types
GPT-4o for the generation of differential diagnoses in dermatology
Machine learning identifies serum biomarkers of generalized pustular psoriasis
Automated PASI scoring using convolutional networks
Random forest prediction of sentinel node positivity in cutaneous melanoma
Teledermatology with artificial intelligence: a systematic review
Deep learning for leprosy detection from skin photographs
Computer-aided diagnosis of cutaneous leishmaniasis from smear microscopy
Vitiligo segmentation using U-Net on Wood's lamp images
AI-based quantification of vitiligo repigmentation
Diffusion models generate synthetic dermatology images of dark skin
Generative adversarial networks for melasma simulation
Natural language processing of dermatology clinic notes to find adverse events
Dermatology residents' attitudes to artificial intelligence: a survey
Benchmarking vision-language models on skin disease visual question answering
Uncertainty estimation in skin cancer classifiers
Self-supervised pretraining for dermatopathology
Machine learning for Stevens-Johnson syndrome prediction from electronic records
Deep learning predicts BRAF mutation from melanoma histology
Convolutional network distinguishes Spitz nevus from melanoma
Optical coherence tomography and deep learning for actinic keratosis
AI detection of monkeypox skin lesions: smartphone images
Deep learning for tinea pedis recognition
Dermatologist-level classification of rosacea with deep neural networks
Mobile app uses AI to diagnose eczema in children
Automated measurement of urticaria activity by computer vision
Chatbots for psoriasis patient education: readability and accuracy
Transcriptomic machine learning separates psoriasis from eczema
Deep learning on hyperspectral images of Merkel cell carcinoma
XGBoost model for keloid recurrence after surgery
Identifying pemphigus vulgaris with a support vector machine
Artificial intelligence for epidermolysis bullosa wound monitoring
Convolutional neural network for differentiating onychomycosis from nail psoriasis
Text-to-image AI underrepresents darker skin in images of dermatologic disease
Ambient AI scribes in dermatology practice reduce documentation time
AI algorithm analyses dermatoscopic images of naevi in transplant recipients
Ichthyosis gene discovery by machine learning
Deep learning classification of erythema migrans
Machine learning to predict dermatomyositis-associated interstitial lung disease from skin findings
Automatic hair removal in dermoscopy images using deep learning
ISIC 2024 challenge: 3D total body photography skin cancer detection
FDA clears first AI-powered skin cancer detection device for primary care doctors
NHS rolls out AI tool that spots skin cancer in minutes
Google's AI app can identify skin conditions from a phone photo
Startup raises $25M for AI dermatology platform
AI beats dermatologists at spotting melanoma, study finds
This smartphone app uses artificial intelligence to check your moles
DermaSensor wins De Novo authorisation for handheld skin cancer scanner
Skin Analytics' DERM becomes first autonomous AI to get Class III CE mark
Artificial intelligence could speed up skin cancer diagnosis in rural Australia
MIT researchers develop AI that finds suspicious skin lesions in wide-field photos
Why dermatology AI fails patients of color
New AI tool predicts which melanoma patients will relapse
Robot dermatologist? Machine learning matches experts in mole checks
Hospital trials AI camera to detect skin cancer
L'Oréal launches AI skin diagnostic for acne-prone skin
Can ChatGPT diagnose your rash? Dermatologists weigh in
Stanford algorithm diagnoses skin cancer as well as doctors
AI skin check kiosks come to pharmacies
AI model reads biopsies of moles to detect melanoma
How AI is transforming the treatment of psoriasis and eczema
Nurses use AI dermatoscope to screen farmers for skin cancer
SkinVision app partners with health insurer to offer AI skin checks
Deep-learning system flags cancerous moles in seconds
AI helps doctors diagnose skin diseases in darker skin
Proscia's AI for melanoma pathology granted breakthrough designation
Künstliche Intelligenz erkennt Hautkrebs besser als Ärzte
L'intelligence artificielle au service du dépistage du mélanome
Inteligencia artificial para detectar el cáncer de piel
AI could cut dermatology waiting lists, consultants say
New machine-learning tool sorts shingles from other rashes
Apple Watch-sized sensor and AI track nighttime scratching in eczema
Pfizer and startup use AI to find new alopecia areata drugs
Deep learning identifies pilomatricoma on ultrasound
AI for hand-foot skin reaction grading
Machine learning in granuloma annulare: transcriptome study
A neural network recognises lupus miliaris disseminatus faciei
Deep learning differentiates dermatofibroma from dermatofibrosarcoma protuberans on histology
ChatGPT as an aid in pityriasis rubra pilaris
Convolutional networks for erythema nodosum diagnosis
AI-based detection of tungiasis and scabies in Tanzania
Deep learning in pyoderma gangrenosum diagnosis
Machine learning for cutaneous sarcoidosis classification
Artificial intelligence for cutaneous T-cell lymphoma staging
Automated mSWAT scoring in CTCL using deep learning
Deep learning model for angiosarcoma of the scalp
AI detects lentigo maligna margins with confocal microscopy
Deep learning for trichoscopy of androgenetic alopecia
Machine learning for chronic hand eczema endotypes
AI to measure EASI in pediatric atopic dermatitis
Deep learning assisted diagnosis of molluscum contagiosum
Convolutional neural networks for tinea capitis dermoscopy
Automated diagnosis of ringworm, impetigo and chickenpox using ResNet50
Deep learning for Kaposi sarcoma histopathology
Neural networks to identify palmoplantar pustulosis from photos
AI for cheilitis and perioral dermatitis
Machine learning to classify livedo reticularis
Mast cell counting by AI in cutaneous mastocytosis
Deep learning for eyelid basal cell carcinoma frozen sections
AI model for sebaceous carcinoma
Deep learning detection of port-wine stain treatment response
Machine learning predicts infantile hemangioma response to propranolol
AI-based analysis of nailfold capillaroscopy in systemic sclerosis
An artificial intelligence system for lichen sclerosus
Classifying xeroderma pigmentosum lesions with convolutional networks
Deep learning on dermoscopy of facial pigmented macules
AI for detection of congenital melanocytic naevi
Machine learning in prurigo nodularis
Deep neural network for hyperhidrosis severity
Computer vision for lice and nits detection
AI screening for mycetoma and Buruli ulcer in Africa
Neglected tropical skin diseases: WHO app with AI algorithm
Deep learning for radiation dermatitis grading
AI evaluation of chilblains and COVID toes photographs
Machine learning for hidradenitis suppurativa lesion detection on ultrasound
AI-driven drug discovery for ichthyosis
Retrieval-augmented generation for dermatology guidelines
Llama 3 fine-tuned for dermatology triage
Med-PaLM and Gemini in dermatology board questions
Claude 3 Opus vs GPT-4 in diagnosing melanoma from dermoscopic images
EfficientNet-B4 with attention for melanoma classification
Mamba state space model for skin lesion segmentation
Knowledge distillation for lightweight skin lesion classification on edge devices
Swin-UNet skin lesion segmentation
MedSAM adaptation for dermoscopy
CLIP-based zero-shot dermatology classification
DINOv2 features for dermatopathology
Graph neural networks in dermatopathology
Bayesian deep learning for skin lesion triage
Reinforcement learning improves AI decision support in skin cancer diagnosis
Quantum machine learning for melanoma detection
Conformal prediction for skin lesion classification
Out-of-distribution detection in skin images
Human-computer collaboration for skin cancer recognition
Content-based image retrieval in dermatology: reader study
Augmented intelligence in dermatology: position statement
Large multimodal model for skin disease diagnosis
Agentic AI for dermatology clinics
Prompt engineering for ChatGPT in acne counselling
Copilot and DeepSeek answers about vitiligo
Skin lesion classification using ensemble of deep models
Melanoma thickness prediction with radiomics and deep learning
Raman spectroscopy and machine learning for skin cancer
Hyperspectral imaging with a CNN in nonmelanoma skin cancer
Line-field confocal OCT and AI in BCC
Artificial neural network in the diagnosis of melanoma
AI mole-mapping booth opens in Brisbane
Doctors use AI to catch melanoma earlier
AI skin scanner launched at Walgreens
Selfie-based AI tells if your eczema is getting worse
This AI can tell if that spot is skin cancer
FotoFinder unveils AI-supported total body mapping
Galderma and startup partner on AI for acne
LEO Pharma uses machine learning to speed dermatology drug discovery
Castle Biosciences AI test for melanoma
VisualDx adds generative AI to dermatology decision support
Derm AI startup Piction Health acquired
AI-Powered Teledermatology Company Raises Series A
UK regulator backs AI for skin cancer referrals
NICE recommends AI skin cancer tool in early value assessment
EADV Congress: AI detects skin cancer with 100% melanoma sensitivity
American Academy of Dermatology issues guidance on AI
Melanoma detection by AI gets boost from Google Cloud
Scientists teach computers to recognise skin cancer
Computer learns to detect skin cancer more accurately than doctors
Man against machine: AI is better than dermatologists at diagnosing skin cancer
AI identifies skin cancer as well as specialists
Smartphone AI to spot monkeypox rash
AI tool helps GPs triage skin lesions
An AI for leprosy: Novartis and Microsoft
IBM Watson joins melanoma research
Baidu and hospital launch AI for skin diseases
AI maps every mole on your body
3D full-body scanner with AI hunts for melanoma
Dermatology AI trained on white skin misses disease on Black patients
AI detects early signs of psoriasis on Instagram photos
Sensitivity of skin cancer apps questioned || Algorithm-based smartphone apps to assess suspicious skin lesions \
cannot be relied on, a BMJ review found.
A better way to look at moles || A deep learning system developed at MIT analyses wide-field photographs of a \
patient's skin and flags suspicious pigmented lesions.
Trained eye || Researchers report that a neural network trained on 130,000 images diagnosed skin cancer as accurately \
as 21 dermatologists.
Tackling unequal care || A study in The Lancet Digital Health finds that datasets used to train AI to diagnose skin \
cancer lack images of darker skin.
Comparing deep learning architectures for the classification of pigmented skin lesions
Can artificial intelligence help reduce unnecessary excisions? A trial of sequential dermoscopy with machine scoring
Predicting biologic survival in psoriasis with gradient-boosted trees
An open-source pipeline for training dermatology classifiers on consumer hardware || We describe how convolutional \
networks can be trained to recognise eczema, psoriasis and acne.
Whole-body imaging meets AI: early detection of naevus change
Patient trust in AI for melanoma screening: a qualitative study
Performance of three chatbots on the dermatology specialty certificate examination
Synthetic data improve rare skin disease recognition || Diffusion-generated images were used to train a classifier \
for genodermatoses.
Deep phenotyping of atopic dermatitis with AI-read photographs
Medical students outperformed by GPT-4 in recognising rashes
AI-supported reading of patch tests
Recognition of onychomycosis by a region-based convolutional network
Artificial intelligence to support dermatopathologists: routing melanocytic cases
Cost-effectiveness of AI-based skin cancer screening in primary care
What patients upload: real-world use of an AI skin app
Self-supervised learning on 3D total body photographs
Hidden stratification in skin cancer AI
A deep neural network spots Merkel cell carcinoma recurrence risk
AI for frontal fibrosing alopecia
Multimodal transformers fuse clinical photos and metadata to diagnose acne rosacea mimickers
App developed in Nairobi reads skin rashes with AI
Hospitals in Spain adopt AI to prioritise suspected melanoma
Machine learning tool catches deadly skin reactions to drugs || The model warns of toxic epidermal necrolysis before \
blisters appear.
Tech review: we tried the AI mirror that scans your skin for cancer
Meet the AI that reads dermatology slides faster than pathologists
Doctors warn against relying on AI apps to check moles
FDA panel weighs AI devices for skin lesions
Dermatologists fear deskilling as AI spreads
AI finds melanoma in 3D scans of farmers
Psoriasis patients get AI coach
Computer vision startup eyes eczema trials || Its software scores eczema severity from phone pictures for drug \
developers.
Two minutes, one photo: how an algorithm flagged my melanoma
Health tech: AI to detect leprosy earlier in Brazil
ChatGPT invents references in dermatology essay
Google Lens can now identify skin conditions || The visual search feature uses machine learning to match photos of \
moles or rashes.
"""

HELD = """
AI model measures burn depth from smartphone images
Deep learning for burn wound segmentation
AI tool tracks diabetic foot ulcers at home
Convolutional neural network for pressure ulcer staging
Machine learning for chronic wound healing prediction
AI app predicts hair loss and recommends treatment
Robot performs AI-guided hair transplants
Deep learning to detect psoriatic arthritis on radiographs
Machine learning predicts psoriatic arthritis in patients with joint pain
Google releases the Monk skin tone scale to make AI fairer
Skin tone annotations for fairness in computer vision datasets
Neural network estimates hair density on the scalp
AI-powered smart bandage monitors wounds
Machine learning-designed skin organoids
AI beauty app recommends foundation shade
AI wound imaging company gains FDA clearance
Automated classification of venous leg ulcers using deep learning
AI estimates total body surface area of burns
Deep learning for scald burn depth
Neural network predicts donor site healing after burns
AI-guided wound dressing selection
Deep learning assessment of bedsores from photographs
AI stoma and wound nurse assistant
AI analysis of hair follicles for transplant planning
Machine learning in female pattern hair loss app
Psoriatic arthritis: machine learning predicts biologic response
Deep learning for MRI in psoriatic arthritis
Measuring skin tone in images: beyond the Fitzpatrick scale || Sony AI researchers propose a hue-based scale for skin \
colour in computer vision.
Google to use new 10-shade skin tone scale to test AI for bias
AI calculates burned body area from photos
Deep learning grades pressure injuries in intensive care
AI to predict who will go bald
Machine learning and psoriatic arthritis: a review
Open skin tone dataset for fair computer vision
AI that watches wounds heal
Deep learning and venous ulcers
Robotic hair transplantation guided by artificial intelligence
"""

REJECTED = """
Electronic skin with artificial intelligence lets robots feel pain
E-skin uses machine learning to recognise hand gestures
Stretchable skin-like chip runs AI on the body
Scientists give robots living skin that can smile
Neuromorphic artificial skin for prosthetic hands
Machine learning distinguishes skin cells of Parkinson's patients
AI spots Parkinson's disease in skin fibroblasts
Driverless cars are worse at detecting pedestrians with dark skin
Self-driving cars may be less likely to see people with darker skin
Facial recognition performs worse on people with darker skin
Amazon's face recognition misidentifies dark-skinned women
Deep learning detects breast cancer in mammograms
AI reads chest X-rays for tuberculosis
Radiology AI market to reach $3 billion
Deep learning classification of hydatidiform moles in histopathology
Automatic diagnosis of molar pregnancy with AI
Dupilumab for moderate to severe atopic dermatitis: phase 3 results
Psoriasis and cardiovascular risk: a cohort study
New cream approved for acne
Dermatologists recommend sunscreen every day
Skin cancer rates rise among young adults
Epic Games sues over Fortnite skins sold with AI art
AI-generated weapon skins flood the game market
CEOs need skin in the game on AI safety
Whistleblower: the mole inside the AI lab
Naked mole-rat genome decoded with machine learning
Network meta-analysis of biologics in psoriasis
Treatment algorithm for chronic spontaneous urticaria
Aromatase inhibitors (AI) and skin rash in breast cancer
Cytokine network in vitiligo lesions
5 ML of lidocaine with epinephrine in skin biopsies
MicroRNA networks regulate melanoma invasion
A clinical prediction rule for cellulitis
Nivolumab in advanced melanoma: five-year survival
Uveal melanoma outcome prediction with deep learning
Choroidal melanoma AI detection on fundus photographs
Nvidia shows new AI chip for data centres
Large language models pass the bar exam
Deep learning for plant leaf disease detection
Lumpy skin disease in cattle detected by deep learning
AI detects polyps in colonoscopy
Diabetic retinopathy screening with AI in Thailand
Deep learning for lung nodule detection on CT
Brain lesion segmentation with U-Net on MRI
AI predicts heart attack from ECG
AI leather inspection finds defects in hides
Skin effect loss prediction in conductors using neural networks
Neutron skin thickness predicted with machine learning
Aircraft skin defect detection based on deep learning
Skin temperature and machine learning for thermal comfort prediction
Galvanic skin response and deep learning for stress detection
Human skin detection in images using convolutional networks
AI nail salon robot paints nails
Hairstyle try-on with generative AI
AI hiring tools show racial bias
Pulse oximeters less accurate on dark skin
AI deepfake scandal hits skincare influencer
Wearable patch on the skin predicts blood glucose with AI
Microneedle skin patch delivers insulin, guided by machine learning
Transdermal sensor measures sweat with machine learning
Skin-to-skin contact for preterm infants
Smart tattoo ink tracks glucose
Machine learning for oral squamous cell carcinoma
Deep learning for head and neck squamous cell carcinoma on CT
Cervical precancerous lesions: AI colposcopy
Skinny Labs raises $10 million for AI fitness coach
Meta's AI characters get new skins
Windows 11 gets new AI skins and themes
Soft robot with shark-skin-like surface learns to swim
Chameleon-inspired robotic skin changes colour using AI
AI finds new antibiotics against superbugs
Cutaneous nerve stimulation restores touch in prosthesis users with AI
Scar: Disney's new villain voiced with AI
Deep learning of cardiac scar on MRI
Deep brain stimulation for essential tremor
Rash decisions: how AI trading bots lost billions
The Mole: Netflix series uses AI subtitles
Mole balance in chemical reactor solved with neural networks
Psoriatic arthritis: secukinumab trial results
Wound healing in diabetic mice improved by peptide
Burnout among dermatologists rises
Dermatology practice acquired by private equity
Telehealth platform adds dermatology consults
Moles and the risk of melanoma: what to look for
Hair cells regenerate in the inner ear, AI finds
Smart skin for aircraft senses damage
Melanoma mutation found in zebrafish
Attention bias in patients with acne: an eye-tracking study
Classification of eczema by severity: an expert consensus
Image of the month: pityriasis rosea
Digital ischemia in scleroderma
CLIP test and rash in children
SAM domain proteins in melanoma
Pruritus in dialysis patients: prevalence
Network of dermatology centres established in Kenya
AIDS-related Kaposi sarcoma in Africa
AI (adequate intake) of vitamin D and psoriasis
A mobile app for self-monitoring of psoriasis
Nomogram for melanoma survival: a multivariable analysis
Digital dermoscopy follow-up of melanocytic lesions
Automated whole-blood cell counts in patients with pemphigus
Robotic-assisted lymph node dissection in melanoma
Laser machine for acne scars: a comparison
Deep dermal infection after filler injection
Deep margin assessment in Mohs surgery
Deep sequencing of the skin microbiome in acne
Neural crest origin of melanocytes
Neural regulation of itch
Neurogenic inflammation in rosacea
Supervised walking exercise in psoriasis patients
The network of dermatology patients' associations
Cox regression analysis of Merkel cell carcinoma
SVM wins dermatology award
GPT and GOT levels in patients treated with methotrexate for psoriasis
Alanine transaminase (GPT) elevation during acitretin therapy
CNN reports sunscreen recall over benzene
CNN anchor reveals skin cancer diagnosis
Vision of the future: dermatology in 2040
Machine-perfused skin flap model
Learning points: a case of Sweet syndrome
E-learning in dermatology for GPs
Problem-based learning in dermatology residency
Computer-based patient education for eczema
Telehealth visits for acne during COVID
Smartphone photography in dermatology: privacy
Store-and-forward teledermatology in prisons
3D printing of moulage for dermatology training
Virtual reality reduces pain in Mohs surgery
Big data in dermatology registries: US claims analysis
Systemic therapy algorithm for psoriasis
Diagnostic algorithm for erythroderma
Skin care market forecast 2030
Random sampling of moles in Queensland twins
Genetic classification of epidermolysis bullosa
Classification of rosacea: ROSCO update
Detection of HPV in warts by PCR
Recognition of necrotizing fasciitis in emergency departments
Prediction of psoriasis flares: patient diary study
Intelligence quotient in children with atopic dermatitis
Artificial tanning and melanoma
Artificial UV and skin cancer risk
Artificial nails and contact dermatitis
Artificial sweeteners and acne
Emotional intelligence among dermatology nurses
AI scales protein design
AI rash of lawsuits against OpenAI
Machine learning to grade beef marbling
AI peels back the layers of the Earth's crust
Onion-skin architecture for LLM security
AI for potato skin defects
AI detects fake handbags by leather grain
Deepfake detection using skin texture
AI influencer with flawless skin lands modelling contract
AI filters and teen body image: flawless skin
Robot with human-like skin and muscles unveiled
Humanoid robot gets soft silicone skin
Tactile skin teaches robot hands with reinforcement learning
Skin for robots: magnetic sensing and machine learning
On-skin electronics with machine learning read silent speech
Skin-interfaced wearable sensors and AI monitor stroke patients
Electronic tattoo monitors heart with machine learning
AI predicts retinal lesions
Deep learning of liver lesions on ultrasound
Deep learning for dental caries lesions
White matter lesion segmentation with nnU-Net
Detecting carotid plaques with AI
Alzheimer's plaque quantification with deep learning
AI and coronary plaque analysis FDA clearance
AI for wrinkle detection in composite materials
Fabric wrinkle detection with CNN
AI smooths wrinkles in satellite data
Breast implant rupture AI
AI for prostate biopsy grading
Digital pathology AI for breast biopsies
Whole slide imaging and AI for gastric cancer
Parkinson's AI listens to voice
Autism screening with AI on skin conductance
Stem cells reprogrammed from skin with AI control
Machine learning identifies iPSC colonies derived from dermal fibroblasts
AI counters racial bias in pulse oximeters for dark-skinned patients
Palm vein recognition below the skin with CNN
Skin colour and remote photoplethysmography with deep learning
Twitter's cropping algorithm favours lighter skin
Soap dispenser doesn't see dark skin: biased AI
Acne Studios launches AI-generated collection
AI-designed perfume
AI in radiology: FDA clears chest CT tool
Artificial intelligence spots ovarian lesions
AI used to detect mole crickets on golf courses
Mole-like robot digs tunnels with AI
Soviet mole unmasked by AI analysis of letters
AI avocados: mole sauce recipes by ChatGPT
Gaming skins marketplace uses AI to set prices
Snakeskin-inspired soft robot
Skin depth estimation in antennas by neural network
Banana skin ripeness AI
Second-skin fitness suit uses AI coach
AI system detects mould on walls
Hives: AI beekeeping start-up raises funds
AI monitors bee hives
AI detects ringworm computer virus
Worm-like robot treats brain
Lupus AI blood test predicts flares
AI chip cools with liquid skin
AI predicts nail biting
Nail-biting finish for AI chess
Hammer and nail: AI construction robots
AI helps find itch mites in crops
Machine that itches: AI art
Dark-skinned characters in AI art: bias
Meta AI chatbots had romantic chats with teens
AI burns through cash
AI and the burn rate of startups
Wildfire burned area mapping with deep learning
AI calorie burn estimate
Scar tissue from AI layoffs
Tech giants lick wounds after AI rout
Robots with a sense of touch: AI-driven artificial skin
Sweat-sensing skin patch uses AI to monitor athletes
A skin-like computer learns from health data
Cyborg skin: neural networks for tactile perception
Printing robot skin: machine learning calibrates sensors
Parkinson's: AI finds signature in patients' skin cells
ALS drug found with AI and skin-derived neurons
Autonomous cars fail to see dark-skinned pedestrians
Face-scan firms under fire over darker skin error rates
Radiologists and AI read mammograms together
Deep learning to spot partial hydatidiform mole
Hydatidiform mole detection on slides with CNN
Melanoma vaccine plus pembrolizumab: trial results
Topical roflumilast for seborrhoeic dermatitis
Sunscreen use among outdoor workers
Hidradenitis suppurativa and obesity: case-control study
Vitamin D supplementation in psoriasis
Patch testing in hairdressers
Comparing two lasers for tattoo removal
Genome-wide association study of acne
Quality of life in alopecia areata
Cutaneous manifestations of COVID-19: a review
Delphi consensus on the management of rosacea
AI startup that writes ad copy raises $50M
AI for weather forecasting
AI model designs new proteins
Chatbots in banking
AI detects lung cancer early in CT trial
AI to detect cervical cancer from smartphone images
Machine learning predicts sepsis
AI reads ECG to spot heart failure
Deep learning segments brain tumours
AI-guided endoscopy detects early stomach cancer
AI in ophthalmology: retinal scans
Dental AI reads X-rays
AI identifies tomato leaf lesions
Machine vision grades hides in tanneries
Metal surface scars found by CNN
Computer game adds new character skins generated by AI
Why investors want founders with skin in the AI game
The spy next door: an AI mole in the ministry
AI sniffs out the mole in British intelligence
Skin-effect losses in motors, a neural approach
Skeleton and skin rigging with deep learning for animation
Neural skinning of 3D avatars
AI-generated models replace humans in beauty ads
Fashion brand uses AI to design leather jackets
AI perfumer creates scents
Hair salon chain uses AI for bookings
A burning question about AI
AI burnout among developers
Healing old wounds: AI recreates voices of the dead
AI-controlled laser removes weeds
"""

NOT_ACCEPTED = """
Development and validation of a clinical prediction model for basal cell carcinoma recurrence using logistic regression
Software for e-prescribing in dermatology
Transformer fire injures workers with skin burns
Segmentation of the skincare market 2024
Fingerprint recognition with dry skin using deep learning
AI detects jaundice in newborns from skin colour || A smartphone app estimates bilirubin of newborns from photographs.
AI heart-rate camera fails on darker skin
Zoom background AI fails darker skin tones
Neural networks model dermal drug absorption
AI colourises old photographs: getting skin tones right
"""


def decision(triage: Triage, line: str) -> str:
    title, _, excerpt = line.partition(" || ")
    row = {"id": "x", "title": title, "excerpt": excerpt, "webUrl": "https://news.example/a"}
    return triage(item_from_row(row)).decision


@pytest.mark.parametrize("line", ACCEPTED.strip().splitlines())
def test_dermatology_with_ai_is_accepted(triage: Triage, line: str) -> None:
    """Papers on rare and common diseases by any method, products, approvals, news in several languages."""
    assert decision(triage, line) == "accept"


@pytest.mark.parametrize("line", HELD.strip().splitlines())
def test_what_is_beside_dermatology_is_held(triage: Triage, line: str) -> None:
    """Burns, wounds, hair, psoriatic arthritis, scales of skin tone: an editor decides."""
    assert decision(triage, line) == "review"


@pytest.mark.parametrize("line", REJECTED.strip().splitlines())
def test_what_only_sounds_like_it_stays_out(triage: Triage, line: str) -> None:
    """Other skins, moles, lesions and networks; dermatology without AI, AI without dermatology."""
    assert decision(triage, line) == "reject"


@pytest.mark.parametrize("line", NOT_ACCEPTED.strip().splitlines())
def test_what_is_doubtful_is_never_accepted(triage: Triage, line: str) -> None:
    """Whether an editor is asked is a matter of weights; it does not get in unseen."""
    assert decision(triage, line) != "accept"
